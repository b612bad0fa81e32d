"""Taking in tickets of friends."""

from collections.abc import Sequence

from services.referral.attribution import queries as attributions
from services.referral.invitation import queries as invitations
from services.referral.reward import actions as rewards
from services.referral.reward import queries as reward_queries
from services.referral.reward.rules import Sale
from services.referral.reward_rule import queries as reward_rule
from shared.db import Tx
from shared.events.event import Asked, Heard
from shared.events.trade import TicketAttributed, TicketPaid, TicketReturned


async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned | TicketAttributed]]) -> None:
    """Accrue what friends' purchases earn, take back what came back.

    A friend's first ticket may be heard before it is that she joined: it waits for her. Her open acceptance is
    locked first, for whoever closes it takes the waiting sales.
    """
    sales = [sale for item in heard if (sale := _sale(item)) is not None]
    if sales:
        await _take_sales(tx, sales)
    returns = [Heard(*item[:3], item.fact) for item in heard if isinstance(item.fact, TicketReturned)]
    if returns:
        await rewards.take_back(tx, returns)


async def _take_sales(tx: Tx, sales: Sequence[Sale]) -> None:
    members = sorted({sale.member_id for sale in sales})
    undecided = await invitations.lock_open(tx, members)
    attributed = await attributions.standing(tx, members)
    holding = await reward_rule.current(tx, {one.brand_id for one in attributed.values()})
    earning = [(sale, attributed[sale.member_id].earners()) for sale in sales if sale.member_id in attributed]
    await rewards.accrue_rebates(tx, earning, holding)
    await reward_queries.wait(tx, [sale for sale in sales if sale.member_id in undecided])


def _sale(item: Heard[TicketPaid | TicketReturned | TicketAttributed]) -> Sale | None:
    fact = item.fact
    if isinstance(fact, TicketReturned) or fact.member_id is None:
        return None
    return Sale(
        ticket_id=fact.ticket_id,
        brand_id=fact.brand_id,
        member_id=fact.member_id,
        sold_at=fact.sold_at,
        whole_fen=fact.total_fen,
        paid_fen=fact.total_fen - sum(spent.amount_fen for spent in fact.points),
        back_fen=fact.returned_fen if isinstance(fact, TicketAttributed) else 0,
        because=Asked(str(item.event_id), item.trace),
    )
