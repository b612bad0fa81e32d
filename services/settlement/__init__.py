"""Settlement 结算: whose share of each ticket is whose, to the fen.

Owns:  split rules, a double-entry ledger, copies of shops, owners of members, classes of goods.
Says:  nothing yet: its listeners come with statements and the provider's side.
Hears: directory (shops, partners, goods, revoked credentials), member (owner shops), trade (tickets paid and returned).
"""
