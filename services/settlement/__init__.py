"""Settlement 结算: whose share of each ticket is whose, to the fen.

Owns:  split rules, a double-entry ledger.
Says:  nothing yet.
Hears: directory (shops, partners, revoked credentials), trade (tickets).
"""
