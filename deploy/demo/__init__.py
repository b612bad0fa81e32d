"""The demo chain: real tickets, paired with real places, sent through the public doors."""
