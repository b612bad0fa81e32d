"""Earning and spending: what tickets do to the points and the growth of the members who bought."""
