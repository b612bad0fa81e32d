"""What purchases hear: tickets."""

from collections.abc import Sequence

from services.referral.purchase import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import TicketAttributed, TicketPaid, TicketReturned


@on(TicketPaid, TicketReturned, TicketAttributed)
async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned | TicketAttributed]]) -> None:
    """Friends bought something or brought it back."""
    await actions.take_tickets(tx, heard)
