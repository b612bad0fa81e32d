"""The rule itself and its arithmetic: what a paid amount earns."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec

from services.member.tier.rules import DEFAULT_TIERS, Tier, is_ladder
from shared.errors import Refusal
from shared.money import BASIS_POINTS
from shared.words import Words

_FEN_PER_YUAN = 100


class TiersUnordered(Refusal):
    """The tiers of a rule do not make a ladder."""

    code = "member.tiers_unordered"
    status = 422
    words = Words(
        "等级须从成长值 0 开始、逐级递增且名称各不相同，请调整后重新保存。",
        "Tiers must begin at growth 0, climb, and bear names of their own: mend them and save again.",
    )


class PointsRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a brand gives: `earn_bp` and `growth_bp` basis points of a point for each yuan paid."""

    earn_bp: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 10_000
    growth_bp: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 10_000
    lifetime_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 365
    hold_s: Annotated[int, msgspec.Meta(ge=10, le=86_400)] = 600
    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=20)] = DEFAULT_TIERS


class RuleVersion(msgspec.Struct, frozen=True):
    """A rule and its version; version 0 is the one that holds where a brand has saved none."""

    version: int
    rule: PointsRule


DEFAULT_RULE = RuleVersion(0, PointsRule())


def check(rule: PointsRule) -> None:
    """Raise `TiersUnordered` where the tiers are no ladder."""
    if not is_ladder(rule.tiers):
        raise TiersUnordered


def earned_points(paid_fen: int, rule: PointsRule, tier: Tier) -> int:
    """Points for an amount, rounded towards zero; an amount below zero earns below zero."""
    points = abs(paid_fen) * rule.earn_bp * tier.earn_bp // (_FEN_PER_YUAN * BASIS_POINTS * BASIS_POINTS)
    return points if paid_fen >= 0 else -points


def earned_growth(paid_fen: int, rule: PointsRule) -> int:
    """Growth for an amount, rounded towards zero; tiers do not hasten it."""
    growth = abs(paid_fen) * rule.growth_bp // (_FEN_PER_YUAN * BASIS_POINTS)
    return growth if paid_fen >= 0 else -growth


def expires_on(earned_on: date, rule: PointsRule) -> date:
    """The day from which points are gone: the first of the month after the one in which their life ends."""
    return _month_after(earned_on, rule.lifetime_days)


@lru_cache(maxsize=4096)
def _month_after(earned_on: date, days: int) -> date:
    last = min(earned_on, date(9900, 1, 1)) + timedelta(days=days)
    return date(last.year + last.month // 12, last.month % 12 + 1, 1)
