"""Small faults planted into the engine one by one: a test suite that lets one live proves less than it says."""
