"""Rules on their own: pure functions, exact values, laws."""
