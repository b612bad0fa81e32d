"""What the ledger hears: tickets."""

from collections.abc import Sequence

from services.settlement.ledger import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import TicketPaid, TicketReturned


@on(TicketPaid, TicketReturned)
async def post_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned]]) -> None:
    """Post balanced entries for each ticket and each return."""
    await actions.post_tickets(tx, heard)
