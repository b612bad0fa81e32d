"""What tickets hear: that somebody is known at last, and what foreign producers write."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.trade.registry import queries as registry
from services.trade.ticket import actions
from services.trade.ticket.schemas import TicketWritten
from services.trade.till_ticket.rules import read
from shared.bus import on
from shared.bus.inbox import Written
from shared.context import Context
from shared.db import Tx
from shared.errors import Unreadable
from shared.events.event import Asked, Heard
from shared.events.member import IdentityBound

_written = msgspec.json.Decoder(TicketWritten)


@on(IdentityBound)
async def attribute(tx: Tx, heard: Sequence[Heard[IdentityBound]]) -> None:
    """Give earlier tickets to the member whose identity they named."""
    by_brand: dict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for item in heard:
        if item.fact.is_member:
            by_brand[item.fact.brand_id][item.fact.lookup] = item.fact.person_id
    for brand_id, known in by_brand.items():
        await actions.attribute_tickets(tx, brand_id, known)


async def take_written(context: Context, tx: Tx, heard: Sequence[Heard[Written]]) -> None:
    """Take in the tickets of a brand's inbox as if its tills had posted them; what differs is kept for review.

    A shop that is not the brand's makes a record unreadable: it waits until directory has named the shop.
    """
    brand_id = heard[0].fact.brand_id
    said = [read(_written, item.fact.body) for item in heard]
    shop_ids = await registry.shops_by_code(tx, brand_id, sorted({one.shop for one in said}))
    posted = []
    for item, one in zip(heard, said, strict=True):
        if one.shop not in shop_ids:
            raise Unreadable(where="shop", why=f"the brand has no shop {one.shop}")
        till = actions.Till(brand_id, shop_ids[one.shop], one.till)
        posted += actions.posted(till, [one.ticket], context.secrets, Asked(str(item.event_id), item.trace))
    await actions.post_tickets(tx, posted)
