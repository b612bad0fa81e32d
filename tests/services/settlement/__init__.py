"""Settlement at work."""
