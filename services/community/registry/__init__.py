"""What community knows of shops, staff, people and the join offer: told by directory, member and campaign."""
