"""Synthetic voids: the data has none, and every cashier types a ticket wrong now and then.

One basket in 200, drawn by its id, is voided as a whole within ten minutes, by the till that sold it; baskets of which
goods come back (`returns.py`) are left alone. One void in four reaches us before its ticket: the till's line was down,
and its backlog comes in disorder.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.baskets import Basket
from deploy.demo.draws import draw
from deploy.demo.returns import return_of

ONE_BASKET_IN = 200
EARLY_ONE_IN = 4
LATEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Void:
    """A basket that is voided, when, and whether we hear of that before we hear of the basket."""

    basket: Basket
    voided_at: datetime
    is_early: bool


def void_of(basket: Basket) -> Void | None:
    """The void that follows a basket, if one does."""
    if draw(ONE_BASKET_IN, "void", basket.basket_id) != 0 or return_of(basket) is not None:
        return None
    seconds = 1 + draw(int(LATEST.total_seconds()), "voided at", basket.basket_id)
    is_early = draw(EARLY_ONE_IN, "void is early", basket.basket_id) == 0
    return Void(basket, basket.sold_at + timedelta(seconds=seconds), is_early)
