"""Loads checks, plans what they need, runs them, weighs what they found."""
