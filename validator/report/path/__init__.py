"""What `validate-infra path` prints: one path, as text or as JSON."""
