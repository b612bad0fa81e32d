"""Faults that really happen, to real processes: `python -m tests.faults`. What was acknowledged must stand, once."""
