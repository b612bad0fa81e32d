"""What trade knows of shops, people and goods: told by directory and member, joined when a ticket comes."""
