"""Baskets as a till understands them: fen, thousandths, discounts by kind, and which coupon was redeemed.

What the data holds and what is made of it; no line is left out and no fen moves:

- *Amount.* `amount_fen` is the recorded `sales_value`, cent for fen. `gross_fen` is that amount and the
  line's discounts; it is stated, not multiplied, for the unit price it implies is seldom whole.
- *Quantity 0* (8,869 lines, mostly of products outside the catalogue) stays 0, with whatever money it
  carries.
- *Value 0* (11,226 lines) stays a line of 0 fen, with its discounts. Twenty more hold the dust of somebody's
  floating point, less than a billionth of a cent, and are 0 fen as well.
- *Petrol* is counted in thousandths of a gallon (a thousand cost 2.36 dollars in the middle), so above
  `COUNTED_UP_TO` its quantity is taken as thousandths, a gallon for a litre as a cent for a fen. Up to there
  it is a number of prepaid fillings, taken like pieces of anything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from deploy.demo.pairing import Redemption, pair_redemptions
from deploy.demo.source import Product, RecordedBasket, RecordedLine, Source, recorded_baskets

PETROL = "GASOLINE"
COUNTED_UP_TO = 100


class Unit(StrEnum):
    """What a quantity counts."""

    EACH = "each"
    LITRE = "l"


class BasketLine(NamedTuple):
    """One line; `gross_fen` less the three discounts is `amount_fen`."""

    sku: str
    quantity_milli: int
    unit: Unit
    gross_fen: int
    loyalty_fen: int
    coupon_fen: int
    coupon_match_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Basket:
    """One sale: who bought what, where and when, and the coupons known to have been redeemed by it."""

    basket_id: int
    household_id: int
    store_id: int
    sold_at: datetime
    lines: tuple[BasketLine, ...]
    redemptions: tuple[Redemption, ...]

    @property
    def amount_fen(self) -> int:
        """What the shop received for all lines."""
        return sum(line.amount_fen for line in self.lines)


def baskets(source: Source) -> Iterator[Basket]:
    """Every basket in time order."""
    redeemed = pair_redemptions(source).by_basket
    for recorded in recorded_baskets(source):
        yield _basket(recorded, source.products, redeemed.get(recorded.basket_id, ()))


def unit_of(product: Product | None) -> Unit:
    """The unit in which a product is stocked; what the catalogue does not know is counted in pieces."""
    return Unit.LITRE if product is not None and PETROL in product.kind else Unit.EACH


def quantity_milli(line: RecordedLine, unit: Unit) -> int:
    """The line's quantity in thousandths of the unit."""
    in_thousandths = unit is Unit.LITRE and line.quantity > COUNTED_UP_TO
    return line.quantity if in_thousandths else line.quantity * 1000


def _basket(recorded: RecordedBasket, products: dict[int, Product], redemptions: tuple[Redemption, ...]) -> Basket:
    return Basket(
        basket_id=recorded.basket_id,
        household_id=recorded.household_id,
        store_id=recorded.store_id,
        sold_at=recorded.sold_at,
        lines=tuple(_line(line, unit_of(products.get(line.product_id))) for line in recorded.lines),
        redemptions=redemptions,
    )


def _line(line: RecordedLine, unit: Unit) -> BasketLine:
    return BasketLine(
        sku=str(line.product_id),
        quantity_milli=quantity_milli(line, unit),
        unit=unit,
        gross_fen=line.sales_fen + line.loyalty_fen + line.coupon_fen + line.coupon_match_fen,
        loyalty_fen=line.loyalty_fen,
        coupon_fen=line.coupon_fen,
        coupon_match_fen=line.coupon_match_fen,
        amount_fen=line.sales_fen,
    )
