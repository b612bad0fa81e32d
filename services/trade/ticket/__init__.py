"""Tickets (小票): facts that tills state; stored as they came, flagged where they are odd, never argued with."""
