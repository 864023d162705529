"""VPC networks and who sits on them."""
