"""What earning hears: tickets. One listener for all three facts, for a ticket's own order is kept only within one."""

from collections.abc import Sequence

from services.member.earning import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import TicketAttributed, TicketPaid, TicketReturned


@on(TicketPaid, TicketReturned, TicketAttributed)
async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned | TicketAttributed]]) -> None:
    """Earn, spend, take back."""
    await actions.take_tickets(tx, heard)
