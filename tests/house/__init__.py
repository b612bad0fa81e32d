"""The walls of the house: every rule worth repeating is a check here, and each check is seen to bite.

A new rule is a function `check_…(source) -> list[Finding]`, an entry in `checks.py`, and in a `plants_….py` one
violation that it finds and one near miss that it spares. Import contracts are in `.importlinter` at the root.
"""
