"""What stock hears: tickets."""

from collections.abc import Sequence

from services.inventory_sharing.stock import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import TicketPaid, TicketReturned


@on(TicketPaid, TicketReturned)
async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned]]) -> None:
    """Move stock as the tickets say."""
    await actions.take_tickets(tx, [item.fact for item in heard])
