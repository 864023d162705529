"""What Google Cloud does with configuration; pure functions and facts, no I/O."""
