"""Inventory sharing: everything that runs in it."""

from services.inventory_sharing.registry import consumers as registry
from services.inventory_sharing.stock import api as stock_api
from services.inventory_sharing.stock import consumers as stock
from services.inventory_sharing.stock.schemas import WRITTEN_EXAMPLE, written_shape
from shared.app import Inbox, create_app
from shared.revocation import keep_revoked

service = create_app(
    "inventory_sharing",
    title="inventory sharing 库存共享",
    doors=[stock_api.doors],
    hears=[keep_revoked, registry.keep_shops, registry.keep_skus, stock.take_tickets],
    inbox=Inbox(stock.take_written, written_shape(), WRITTEN_EXAMPLE),
)
