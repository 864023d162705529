"""Exact sets of packets: immutable, one spelling a set, no word of any cloud."""
