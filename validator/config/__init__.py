"""rules.yaml: loading with positions, suggestions, schema."""
