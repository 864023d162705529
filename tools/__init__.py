"""What the Makefile runs: the demo and the generated documentation."""
