"""Staff (店员): who works where as what, and the password each signs in by."""
