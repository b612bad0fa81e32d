"""A ticket (小票) as a till sends it: its shape, its arithmetic, what went out and what came back by it."""
