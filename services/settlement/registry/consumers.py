"""What settlement keeps of what directory and member say."""

from collections.abc import Sequence

from services.settlement.registry import queries
from shared.bus import on
from shared.db import Tx
from shared.events.directory import PartnerSaved, ShopSaved, SkuSaved
from shared.events.event import Heard
from shared.events.member import OwnerAssigned


@on(ShopSaved)
async def keep_shops(tx: Tx, heard: Sequence[Heard[ShopSaved]]) -> None:
    """Keep the newest of each shop."""
    newest = {item.fact.shop_id: item.fact for item in heard}
    await queries.save_shops(tx, list(newest.values()))


@on(PartnerSaved)
async def keep_partners(tx: Tx, heard: Sequence[Heard[PartnerSaved]]) -> None:
    """Keep the newest of each partner, by whose code head office knows it."""
    newest = {item.fact.partner_id: item.fact for item in heard}
    await queries.save_partners(tx, list(newest.values()))


@on(SkuSaved)
async def keep_classes(tx: Tx, heard: Sequence[Heard[SkuSaved]]) -> None:
    """Keep the newest class of each SKU."""
    newest = {(item.fact.brand_id, item.fact.sku): item.fact for item in heard}
    await queries.save_classes(tx, list(newest.values()))


@on(OwnerAssigned)
async def keep_owners(tx: Tx, heard: Sequence[Heard[OwnerAssigned]]) -> None:
    """Keep which shop owns each member."""
    await queries.save_owners(tx, {item.fact.member_id: item.fact.shop_id for item in heard})
