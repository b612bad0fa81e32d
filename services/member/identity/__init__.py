"""Persons and their identities (身份): who somebody is, by what she is known, and how she becomes a member."""
