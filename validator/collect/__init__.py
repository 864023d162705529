"""Reads the live APIs: GET only, every page, every outcome told apart."""
