"""Directory 组织: who and where.

Owns:  brands, regions, branches, areas, shops, tills, partners, staff, goods, and every credential.
Says:  directory.shop.saved, partner.saved, staff.saved, sku.saved, credential.revoked.
Hears: itself (revoked credentials).
"""
