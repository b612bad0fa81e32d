"""Inventory sharing 库存共享: what each shop has, and the whole area with it.

Owns:  stock per shop and SKU, its ledger, copies of shops and goods.
Says:  nothing yet: its listeners come with orders.
Hears: directory (shops, goods, revoked credentials), trade (tickets paid and returned).
"""
