"""Looks: what WeCom has to be asked about, and what its callbacks told of it; one process looks at a time."""
