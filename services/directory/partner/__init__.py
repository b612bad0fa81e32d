"""Partners (加盟商): who own shops of the chain."""
