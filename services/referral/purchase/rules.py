"""What of a ticket is goods: a friend's fees and postage earn nobody anything.

Amounts are what was really paid for each line, so a ticket's goods are its total without the fees on it. A line below
zero that is no goods, a discount or a voucher, lowers what was paid for the goods.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from services.referral.reward.rules import Back, Sale
from shared.events.event import Asked
from shared.events.trade import SoldLine, TicketAttributed, TicketPaid, TicketReturned

NoGoods = Mapping[UUID, Collection[str]]  # SKUs by brand


def sale_of(fact: TicketPaid | TicketAttributed, because: Asked, no_goods: NoGoods) -> Sale | None:
    """What was sold to somebody known, as far as it is goods; points pay for goods and fees alike."""
    if fact.member_id is None:
        return None
    fees = no_goods.get(fact.brand_id, ())
    whole_fen = goods_fen(fact.total_fen, fact.lines, fees)
    money_fen = fact.total_fen - sum(spent.amount_fen for spent in fact.points)
    return Sale(
        ticket_id=fact.ticket_id,
        brand_id=fact.brand_id,
        member_id=fact.member_id,
        sold_at=fact.sold_at,
        whole_fen=whole_fen,
        paid_fen=max(whole_fen, 0) * max(money_fen, 0) // fact.total_fen if fact.total_fen > 0 else 0,
        back_fen=_back_before_fen(fact, fees) if isinstance(fact, TicketAttributed) else 0,
        because=because,
    )


def back_of(fact: TicketReturned, cause: str, no_goods: NoGoods) -> Back | None:
    """What came back of a known ticket's goods; where nothing of the ticket is left, no goods are left either."""
    if fact.original_id is None:
        return None
    back_fen = goods_fen(fact.total_fen, fact.lines, no_goods.get(fact.brand_id, ()))
    return Back(fact.original_id, fact.whole_fen if fact.is_whole else back_fen, cause)


def goods_fen(total_fen: int, lines: Sequence[SoldLine], fees: Collection[str]) -> int:
    """What of an amount is for goods."""
    return total_fen - sum(max(line.net_fen, 0) for line in lines if line.sku in fees)


def _back_before_fen(fact: TicketAttributed, fees: Collection[str]) -> int:
    """What of the goods had come back before anybody knew whose they were."""
    if fact.returned_fen >= fact.total_fen:
        return fact.total_fen
    return goods_fen(fact.returned_fen, fact.returned_lines, fees)
