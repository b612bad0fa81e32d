"""Recorded redemptions, paired with the basket line where the coupon was most likely given.

The data says that a household redeemed a coupon on a day, and separately which lines had a coupon discount.
A redemption *fits* a line of that household and business day if the line's product belongs to the coupon
and carries a coupon discount. One line takes one redemption. A household's redemptions of a day are paired
together, each moving an earlier one to another line where that makes room, so as many as possible find a
line.

Of the 2,102 redemptions of the year 1,099 are paired. The others stay unpaired, with the reason counted,
and the discounts they may have caused stay plain coupon discounts of their lines.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from deploy.demo.source import (
    CouponKey,
    RecordedBasket,
    RecordedRedemption,
    Source,
    business_day,
    recorded_baskets,
)


class Unpaired(StrEnum):
    """Why a recorded redemption found no line."""

    NO_BASKET = "no basket of that household and day"
    NO_PRODUCT = "no line with a product of the coupon"
    NO_DISCOUNT = "such a line, but without a coupon discount"
    LINE_TAKEN = "such a line, but another redemption has it"


@dataclass(frozen=True, slots=True)
class Redemption:
    """A coupon redeemed by a line of a basket: the whole coupon discount of that line."""

    coupon_upc: int
    campaign_id: int
    line_index: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Pairings:
    """What was paired, by basket, and how many were not, by reason."""

    by_basket: dict[int, tuple[Redemption, ...]]
    unpaired: dict[Unpaired, int]

    @property
    def paired(self) -> int:
        """How many redemptions found their line."""
        return sum(len(redemptions) for redemptions in self.by_basket.values())


class _Visit(NamedTuple):
    household_id: int
    day: date


class _Place(NamedTuple):
    basket_id: int
    line_index: int
    product_id: int
    coupon_fen: int


def pair_redemptions(source: Source) -> Pairings:
    """Pair every redemption of the source; the same source always gives the same pairs."""
    wanted: defaultdict[_Visit, list[RecordedRedemption]] = defaultdict(list)
    for redemption in source.redemptions:
        wanted[_Visit(redemption.household_id, redemption.redeemed_on)].append(redemption)
    places: defaultdict[_Visit, list[_Place]] = defaultdict(list)
    for basket in recorded_baskets(source):
        visit = _Visit(basket.household_id, business_day(basket.sold_at))
        if visit in wanted:
            places[visit].extend(_places(basket))
    by_basket: defaultdict[int, list[Redemption]] = defaultdict(list)
    unpaired: Counter[Unpaired] = Counter()
    for visit, redemptions in wanted.items():
        found = _match(redemptions, places[visit], source.coupons)
        for index, redemption in enumerate(redemptions):
            if place := found.get(index):
                by_basket[place.basket_id].append(_redemption(redemption, place))
            else:
                unpaired[_reason(_products(redemption, source.coupons), places[visit])] += 1
    return Pairings(
        {basket_id: tuple(redeemed) for basket_id, redeemed in by_basket.items()},
        {reason: unpaired[reason] for reason in Unpaired},
    )


def _places(basket: RecordedBasket) -> Iterator[_Place]:
    for index, line in enumerate(basket.lines):
        yield _Place(basket.basket_id, index, line.product_id, line.coupon_fen)


def _match(
    redemptions: list[RecordedRedemption], places: list[_Place], coupons: dict[CouponKey, frozenset[int]]
) -> dict[int, _Place]:
    """The largest pairing of redemptions (by index) with places: augmenting paths, dearest places first."""
    dearest = sorted((place for place in places if place.coupon_fen > 0), key=lambda place: -place.coupon_fen)
    fitting = [
        [place for place in dearest if place.product_id in _products(redemption, coupons)] for redemption in redemptions
    ]
    taken_by: dict[_Place, int] = {}
    for index in range(len(redemptions)):
        _seat(index, fitting, taken_by, set())
    return {index: place for place, index in taken_by.items()}


def _seat(index: int, fitting: list[list[_Place]], taken_by: dict[_Place, int], asked: set[_Place]) -> bool:
    """Find a place for a redemption, asking whoever has one to move; `asked` bounds the search."""
    for place in fitting[index]:
        if place in asked:
            continue
        asked.add(place)
        if place not in taken_by or _seat(taken_by[place], fitting, taken_by, asked):
            taken_by[place] = index
            return True
    return False


def _redemption(recorded: RecordedRedemption, place: _Place) -> Redemption:
    return Redemption(recorded.coupon_upc, recorded.campaign_id, place.line_index, place.coupon_fen)


def _reason(product_ids: frozenset[int], places: list[_Place]) -> Unpaired:
    if not places:
        return Unpaired.NO_BASKET
    of_the_coupon = [place for place in places if place.product_id in product_ids]
    if not of_the_coupon:
        return Unpaired.NO_PRODUCT
    if any(place.coupon_fen > 0 for place in of_the_coupon):
        return Unpaired.LINE_TAKEN
    return Unpaired.NO_DISCOUNT


def _products(redemption: RecordedRedemption, coupons: dict[CouponKey, frozenset[int]]) -> frozenset[int]:
    return coupons.get(CouponKey(redemption.coupon_upc, redemption.campaign_id), frozenset())
