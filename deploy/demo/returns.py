"""Synthetic returns: the data has none, and a chain without returns is not one.

One basket in 200, drawn by its id, is followed up to six days later by the return of one or two of its
lines, whole or in part. Only goods that were counted in pieces and paid for come back. What is given back
is the same part of the money as of the quantity, each figure rounded down, so no return gives back more
than was paid.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.baskets import Basket, BasketLine, Unit
from deploy.demo.draws import draw, shuffled

ONE_BASKET_IN = 200
MOST_LINES = 2
SOONEST = timedelta(minutes=30)
LATEST = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Return:
    """What comes back of a basket, and when; its lines are written as positive parts of the sold ones."""

    basket: Basket
    returned_at: datetime
    lines: tuple[BasketLine, ...]

    @property
    def amount_fen(self) -> int:
        """What is given back for all lines."""
        return sum(line.amount_fen for line in self.lines)


def return_of(basket: Basket) -> Return | None:
    """The return that follows a basket, if one does."""
    if draw(ONE_BASKET_IN, "return", basket.basket_id) != 0:
        return None
    returnable = [index for index, line in enumerate(basket.lines) if _is_returnable(line)]
    if not returnable:
        return None
    count = 1 + draw(MOST_LINES, "lines returned", basket.basket_id)
    chosen = sorted(shuffled(returnable, f"return of {basket.basket_id}")[:count])
    seconds = draw(int((LATEST - SOONEST).total_seconds()), "returned at", basket.basket_id)
    return Return(
        basket=basket,
        returned_at=basket.sold_at + SOONEST + timedelta(seconds=seconds),
        lines=tuple(_part(basket.lines[index], basket.basket_id) for index in chosen),
    )


def _is_returnable(line: BasketLine) -> bool:
    return line.unit is Unit.EACH and line.quantity_milli > 0 and line.amount_fen > 0


def _part(line: BasketLine, basket_id: int) -> BasketLine:
    """The returned pieces of a line: every other time all of them, else a drawn number."""
    pieces = line.quantity_milli // 1000
    drawn = 1 + draw(pieces, "pieces returned", basket_id, line.sku)
    returned = pieces if draw(2, "all returned", basket_id, line.sku) == 0 else drawn
    gross_fen = line.gross_fen * returned // pieces
    loyalty_fen = line.loyalty_fen * returned // pieces
    coupon_fen = line.coupon_fen * returned // pieces
    coupon_match_fen = line.coupon_match_fen * returned // pieces
    return BasketLine(
        sku=line.sku,
        quantity_milli=returned * 1000,
        unit=line.unit,
        gross_fen=gross_fen,
        loyalty_fen=loyalty_fen,
        coupon_fen=coupon_fen,
        coupon_match_fen=coupon_match_fen,
        amount_fen=gross_fen - loyalty_fen - coupon_fen - coupon_match_fen,
    )
