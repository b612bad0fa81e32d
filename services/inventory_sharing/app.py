"""Inventory: everything that runs in it."""

from shared.app import create_app
from shared.revocation import keep_revoked

service = create_app(
    "inventory_sharing",
    title="inventory sharing 库存共享",
    doors=[],
    hears=[keep_revoked],
)
