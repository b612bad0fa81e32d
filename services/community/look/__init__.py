"""Looks: what WeCom has to be asked about, and what its callbacks told of it; each subject is looked at by one at a time."""
