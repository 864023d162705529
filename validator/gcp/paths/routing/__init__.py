"""The routes of each network, and which of them packets take."""
