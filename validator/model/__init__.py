"""The kinds of resources, their tables, and the inventory of an environment."""
