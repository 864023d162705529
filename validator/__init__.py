"""The gate before a Google Cloud deploy: prove that declared flows get through, or show the packet."""

#: Formats of reports; here, where the command line can name them without loading a renderer.
FORMATS = ("text", "json")
__version__ = "0.1.0"
