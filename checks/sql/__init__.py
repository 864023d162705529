"""Cloud SQL instances."""
