"""What inventory sharing keeps of what directory says."""

from collections.abc import Sequence

from services.inventory_sharing.registry import queries
from shared.bus import on
from shared.db import Tx
from shared.events.directory import ShopSaved, SkuSaved
from shared.events.event import Heard


@on(ShopSaved)
async def keep_shops(tx: Tx, heard: Sequence[Heard[ShopSaved]]) -> None:
    """Keep the newest of each shop."""
    newest = {item.fact.shop_id: item.fact for item in heard}
    await queries.save_shops(tx, list(newest.values()))


@on(SkuSaved)
async def keep_skus(tx: Tx, heard: Sequence[Heard[SkuSaved]]) -> None:
    """Keep the newest of each SKU."""
    newest = {(item.fact.brand_id, item.fact.sku): item.fact for item in heard}
    await queries.save_skus(tx, list(newest.values()))
