"""Inventory sharing 库存共享: what each shop has, and the whole area with it.

Owns:  stock per shop and SKU, its ledger, areas.
Says:  nothing yet.
Hears: directory (shops, goods, revoked credentials), trade (tickets).
"""
