"""Where packets start and what they are bound for."""
