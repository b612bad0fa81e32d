"""Directory through its public doors."""
