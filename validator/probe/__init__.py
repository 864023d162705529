"""Real connections from where the tool runs: what they find is a resource like any other."""
