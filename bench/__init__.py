"""Measurements of whole commands: `make bench`."""
