"""The embedded `chat-staging` recordings: as it was in the incident, and repaired."""
