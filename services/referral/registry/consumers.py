"""What the registry hears: shops and goods."""

from collections.abc import Sequence

from services.referral.registry import queries
from shared.bus import on
from shared.db import Tx
from shared.events.directory import ShopSaved, SkuSaved
from shared.events.event import Heard


@on(ShopSaved)
async def keep_shops(tx: Tx, heard: Sequence[Heard[ShopSaved]]) -> None:
    """Remember which shops there are."""
    await queries.save_shops(tx, [item.fact for item in heard])


@on(SkuSaved)
async def keep_skus(tx: Tx, heard: Sequence[Heard[SkuSaved]]) -> None:
    """Keep the newest of each SKU."""
    newest = {(item.fact.brand_id, item.fact.sku): item.fact for item in heard}
    await queries.save_skus(tx, list(newest.values()))
