"""Declared flows asked of the firewalls at their two ends."""
