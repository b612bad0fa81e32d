"""Member at work."""
