"""Which tier a member's growth has reached."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import msgspec

from shared.texts import PLAIN

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=PLAIN)]


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tier: from how much growth on, and how many basis points of the ordinary points its members earn."""

    name: Name
    growth: Annotated[int, msgspec.Meta(ge=0, le=10**12)]
    earn_bp: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 10_000


DEFAULT_TIERS = (
    Tier(name="银卡", growth=0),
    Tier(name="金卡", growth=2_000),
    Tier(name="黑金", growth=10_000),
)


def is_ladder(tiers: Sequence[Tier]) -> bool:
    """Whether these tiers begin at nothing and climb, each with a name of its own."""
    steps = [tier.growth for tier in tiers]
    climbs = all(lower < higher for lower, higher in pairwise(steps))
    return bool(steps) and steps[0] == 0 and climbs and len({tier.name for tier in tiers}) == len(tiers)


def tier_of(growth: int, tiers: Sequence[Tier]) -> Tier:
    """The highest tier that `growth` reaches; growth taken back below nothing still leaves the first."""
    reached = tiers[0]
    for tier in tiers:
        if tier.growth <= growth:
            reached = tier
    return reached
