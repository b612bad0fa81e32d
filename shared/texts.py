"""Texts in the bodies of requests."""

# A pattern: some text, and no control character in it: no table takes a NUL, and no screen shows the others.
PLAIN = r"^[^\x00-\x1f\x7f]+$"
