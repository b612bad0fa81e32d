"""Campaign at work."""
