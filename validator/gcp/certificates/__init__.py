"""Certificates: which one a client is given, whether it is in force, who shows it, what keeps it from being issued."""
