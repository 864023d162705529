"""An HTTP server on loopback that answers as Google's APIs would about a described environment."""
