"""The rule itself, and how deep it may go."""

import msgspec

from shared.errors import Refusal
from shared.words import Words

MOST_DEPTH = 2


class TooDeep(Refusal):
    """More than two levels: pay for recruiting those who recruit is pyramid selling."""

    code = "referral.too_deep"
    status = 422
    words = Words(
        "转介奖励最多 {most} 级，三级及以上属于《禁止传销条例》禁止的情形；您填了 {depth} 级，请改为 1 或 {most}。",
        "Rewards go {most} levels deep at most, three or more are pyramid selling by law; you asked for {depth}: "
        "choose 1 or {most}.",
    )


class RewardRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a brand gives an inviter for what her friend does; for sharing alone it gives nothing."""

    landing_path: str = "pages/invitation/index"
    window_days: int = 30
    coupon_fen: int = 300
    most_coupons_a_month: int = 20
    buying_days: int = 90
    rebate_bp: int = 200
    second_rebate_bp: int = 100
    most_rebate_fen: int = 5_000
    return_days: int = 7
    depth: int = 1


class RuleVersion(msgspec.Struct, frozen=True):
    """A rule and its version; version 0 is the one that holds where a brand has saved none."""

    version: int
    rule: RewardRule


DEFAULT_RULE = RuleVersion(0, RewardRule())


def check(rule: RewardRule) -> None:
    """Raise `TooDeep` where a rule would pay beyond the second level."""
    if rule.depth > MOST_DEPTH:
        raise TooDeep(most=MOST_DEPTH, depth=rule.depth)
