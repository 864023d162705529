"""Described environments: the estate of the project `chat-staging`, healthy, broken and on a Shared VPC."""
