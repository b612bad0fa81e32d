"""Taking in tickets of friends."""

from collections.abc import Iterator, Sequence

from services.referral.attribution import queries as attributions
from services.referral.invitation import queries as invitations
from services.referral.purchase.rules import NoGoods, back_of, sale_of
from services.referral.registry import queries as registry
from services.referral.reward import actions as rewards
from services.referral.reward import queries as reward_queries
from services.referral.reward_rule import queries as reward_rule
from shared.db import Tx
from shared.events.event import Asked, Heard, says
from shared.events.trade import TicketAttributed, TicketPaid, TicketReturned

Ticket = TicketPaid | TicketReturned | TicketAttributed


async def take_tickets(tx: Tx, heard: Sequence[Heard[Ticket]]) -> None:
    """Accrue what the goods of friends' purchases earn, take back what came back.

    A friend's first ticket may be heard before it is that she joined: it waits for her. Her open acceptance is
    locked first, for whoever closes it takes the waiting sales.
    """
    no_goods = await registry.no_goods(tx, sorted({item.fact.brand_id for item in heard}))
    sold = [item for item in heard if says(item, TicketPaid) or says(item, TicketAttributed)]
    await _take_sales(tx, sold, no_goods)
    backs = [back_of(item.fact, str(item.event_id), no_goods) for item in _returns(heard)]
    await rewards.take_back(tx, [back for back in backs if back is not None])


async def _take_sales(tx: Tx, sold: Sequence[Heard[TicketPaid | TicketAttributed]], no_goods: NoGoods) -> None:
    members = list({item.fact.member_id for item in sold if item.fact.member_id})
    if not members:
        return
    undecided = await invitations.lock_open(tx, members)
    attributed = await attributions.standing(tx, members)
    sales = [
        sale
        for item in sold
        if item.fact.member_id in attributed or item.fact.member_id in undecided
        if (sale := sale_of(item.fact, Asked(str(item.event_id), item.trace), no_goods)) is not None
    ]
    holding = await reward_rule.current(tx, {one.brand_id for one in attributed.values()})
    earning = [(sale, attributed[sale.member_id].earners()) for sale in sales if sale.member_id in attributed]
    await rewards.accrue_rebates(tx, earning, holding)
    await reward_queries.wait(tx, [sale for sale in sales if sale.member_id in undecided])


def _returns(heard: Sequence[Heard[Ticket]]) -> Iterator[Heard[TicketReturned]]:
    """Returns in their order, without those that a later fact of the batch, a ticket's attribution, counts itself."""
    attributed_at = {
        item.fact.ticket_id: at for at, item in enumerate(heard) if isinstance(item.fact, TicketAttributed)
    }
    for at, item in enumerate(heard):
        if says(item, TicketReturned) and at > attributed_at.get(item.fact.key, -1):
            yield item
