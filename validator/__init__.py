"""The gate before a Google Cloud deploy: prove that declared flows get through, or show the packet."""

__version__ = "0.1.0"
