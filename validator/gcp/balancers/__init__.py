"""HTTPS load balancers, front to back, and Cloud Run's domain mappings: who answers for a name, and what is behind."""
