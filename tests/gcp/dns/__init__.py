"""Answers of resolvers beside Cloud DNS."""
