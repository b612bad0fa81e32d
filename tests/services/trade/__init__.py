"""Trade at work."""
