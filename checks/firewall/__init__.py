"""VPC firewalls."""
