"""What the registry hears: shops."""

from collections.abc import Sequence

from services.referral.registry import queries
from shared.bus import on
from shared.db import Tx
from shared.events.directory import ShopSaved
from shared.events.event import Heard


@on(ShopSaved)
async def keep_shops(tx: Tx, heard: Sequence[Heard[ShopSaved]]) -> None:
    """Remember which shops there are."""
    await queries.save_shops(tx, [item.fact for item in heard])
