"""What redemption hears: tickets."""

from collections.abc import Sequence

from services.campaign.redemption import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import TicketPaid, TicketReturned


@on(TicketPaid, TicketReturned)
async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned]]) -> None:
    """Redeem what tickets used, give back what whole returns bring back."""
    await actions.take_tickets(tx, heard)
