"""The built-in checks: one file each, its path is its id."""
