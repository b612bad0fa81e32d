"""What trade keeps of what directory and member say."""

from collections.abc import Sequence

from services.trade.registry import queries
from shared.bus import on
from shared.db import Tx
from shared.events.directory import ShopSaved, SkuSaved
from shared.events.event import Heard
from shared.events.member import IdentityBound, PersonFolded


@on(ShopSaved)
async def keep_shops(tx: Tx, heard: Sequence[Heard[ShopSaved]]) -> None:
    """Keep the newest of each shop."""
    newest = {item.fact.shop_id: item.fact for item in heard}
    await queries.save_shops(tx, list(newest.values()))


@on(SkuSaved)
async def keep_skus(tx: Tx, heard: Sequence[Heard[SkuSaved]]) -> None:
    """Keep which SKUs there are."""
    newest = {(item.fact.brand_id, item.fact.sku): item.fact for item in heard}
    await queries.save_skus(tx, list(newest.values()))


@on(IdentityBound)
async def keep_identities(tx: Tx, heard: Sequence[Heard[IdentityBound]]) -> None:
    """Keep whose each identity is."""
    await queries.save_identities(tx, [item.fact for item in heard])


@on(PersonFolded)
async def fold_people(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> None:
    """Follow a person into the member she proved to be."""
    await queries.fold(tx, [item.fact for item in heard])
