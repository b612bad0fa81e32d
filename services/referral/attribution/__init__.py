"""Attributions (归因): whose invitee a friend is, fixed when she joins; two levels at most, never a circle."""
