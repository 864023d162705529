"""What packets pass between their ends: firewalls, peerings, gateways, NAT."""
