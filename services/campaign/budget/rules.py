"""How budgets are counted: what a redemption adds, and whether there is room for one more."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

IN_ALL = UUID(int=0)


class Counters(NamedTuple):
    """What one row counts, or what is to be added to it."""

    issued: int = 0
    held: int = 0
    held_fen: int = 0
    redeemed: int = 0
    redeemed_fen: int = 0
    overruns: int = 0
    overrun_fen: int = 0

    def plus(self, other: "Counters") -> "Counters":
        """Both together."""
        return Counters(*(mine + its for mine, its in zip(self, other, strict=True)))


Place = tuple[UUID, UUID]  # campaign and shop
Deltas = dict[Place, Counters]


def count(deltas: Deltas, campaign_id: UUID, shop_ids: Iterable[UUID], more: Counters) -> None:
    """Add to the counters of a campaign at these shops; `IN_ALL` is the whole of it."""
    for shop_id in shop_ids:
        place = (campaign_id, shop_id)
        deltas[place] = deltas.get(place, Counters()).plus(more)


def has_room(
    standing: Mapping[Place, Counters], place: Place, most_per_shop: int | None, most_fen: int | None, fen: int
) -> bool:
    """Whether one more redemption of so many fen fits: at the shop by number, in all by fen."""
    campaign_id, _ = place
    at_shop = standing.get(place, Counters())
    in_all = standing.get((campaign_id, IN_ALL), Counters())
    if most_per_shop is not None and at_shop.held + at_shop.redeemed >= most_per_shop:
        return False
    return most_fen is None or in_all.held_fen + in_all.redeemed_fen + fen <= most_fen
