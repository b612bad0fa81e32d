"""What tickets hear: that somebody is known at last."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.trade.ticket import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.member import IdentityBound


@on(IdentityBound)
async def attribute(tx: Tx, heard: Sequence[Heard[IdentityBound]]) -> None:
    """Give earlier tickets to the member whose identity they named."""
    by_brand: dict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for item in heard:
        if item.fact.is_member:
            by_brand[item.fact.brand_id][item.fact.lookup] = item.fact.person_id
    for brand_id, known in by_brand.items():
        await actions.attribute_tickets(tx, brand_id, known)
