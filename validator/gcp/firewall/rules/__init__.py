"""Questions about a firewall's rules: dead, shadowed, required, exposed, logged."""
