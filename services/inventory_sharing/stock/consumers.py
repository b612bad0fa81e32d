"""What stock hears: tickets, and what foreign producers write."""

from collections.abc import Sequence

from services.inventory_sharing.registry import queries as registry
from services.inventory_sharing.stock import actions
from services.inventory_sharing.stock.schemas import read_written, said_milli_of
from shared.bus import on
from shared.bus.inbox import Written
from shared.context import Context
from shared.db import Tx
from shared.errors import Unreadable
from shared.events.event import Heard
from shared.events.trade import TicketPaid, TicketReturned


@on(TicketPaid, TicketReturned)
async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned]]) -> None:
    """Move stock as the tickets say."""
    await actions.take_tickets(tx, [item.fact for item in heard])


async def take_written(_: Context, tx: Tx, heard: Sequence[Heard[Written]]) -> None:
    """Make the changes of a brand's inbox as if its managers had made them.

    A shop that is not the brand's makes a record unreadable: it waits until directory has named the shop.
    """
    brand_id = heard[0].fact.brand_id
    said = [read_written(item.fact.body) for item in heard]
    known = await registry.shops_of(tx, brand_id, sorted({one.shop_id for one in said}))
    changes = []
    for shop_id, change_id, change in [(one.shop_id, one.change_id, one.change) for one in said]:
        if shop_id not in known:
            raise Unreadable(where="shop_id", why=f"the brand has no shop {shop_id}")
        changes.append(actions.Change(shop_id, change_id, change.kind, said_milli_of(change), change.note))
    await actions.change(tx, brand_id, changes)
