"""Names that must be served, and their certificates."""
