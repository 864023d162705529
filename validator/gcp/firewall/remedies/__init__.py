"""Rules to create: in a network or in a policy, where they win."""
