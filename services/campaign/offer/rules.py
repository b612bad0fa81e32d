"""What a coupon is worth on a basket, and when a campaign may start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.errors import Refusal
from shared.money import portion
from shared.words import Words


class Kind(StrEnum):
    """What a coupon takes off."""

    AMOUNT = "amount"  # 立减
    PERCENT = "percent"  # 折扣
    THRESHOLD = "threshold"  # 满减
    GIFT = "gift"  # 兑换
    SHIPPING = "shipping"  # 免运费


class Purpose(StrEnum):
    """Who gets it, and for what."""

    JOIN = "join"  # whoever joins a group for the first time
    REWARD = "reward"  # an inviter, for what her friend did
    LIST = "list"  # those head office names
    CLAIM = "claim"  # whoever takes it herself


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    STARTED = "started"
    PAUSED = "paused"
    ENDED = "ended"


class CampaignStarted(Refusal):
    """A started campaign never changes: what was promised stays promised."""

    code = "campaign.started"
    words = Words(
        "活动 {campaign} 已开始，不能修改；请新建活动。",
        "Campaign {campaign} has started and stays as it is: make a new one.",
    )


class NotYet(Refusal):
    """What orders need does not exist yet."""

    code = "campaign.needs_orders"
    status = 422
    words = Words(
        "免运费券需要订单功能，暂不能开始。", "A shipping coupon needs orders, which are not here yet: it can't start."
    )


class WrongStep(Refusal):
    """A campaign can't go there from where it stands."""

    code = "campaign.wrong_step"
    words = Words("活动当前为 {state}，不能执行此操作。", "The campaign is {state}: it can't do that from there.")


class Incomplete(Refusal):
    """A kind lacks what it takes off."""

    code = "campaign.incomplete"
    status = 422
    words = Words("{kind} 类优惠券缺少 {missing}。", "A coupon of kind {kind} needs {missing}.")


@dataclass(frozen=True)
class Campaign:
    """A coupon campaign. Limits of none are no limits."""

    campaign_id: UUID
    brand_id: UUID
    campaign_code: str
    kind: Kind
    purpose: Purpose
    state: State
    amount_fen: int | None
    percent_bp: int | None
    cap_fen: int | None
    threshold_fen: int
    gift_sku: str | None
    skus: tuple[str, ...]  # none named: everything
    starts_at: datetime | None
    ends_at: datetime | None
    valid_days: int | None
    most_issued: int | None
    most_per_person: int
    most_per_shop: int | None
    most_discount_fen: int | None

    def valid_for(self, at: datetime) -> tuple[datetime, datetime]:
        """From when until when a coupon issued now is good."""
        first = max(at, self.starts_at) if self.starts_at else at
        if self.valid_days is not None:
            last = first + timedelta(days=self.valid_days)
            return first, min(last, self.ends_at) if self.ends_at else last
        assert self.ends_at is not None
        return first, self.ends_at


STEPS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.STARTED}),
    State.STARTED: frozenset({State.PAUSED, State.ENDED}),
    State.PAUSED: frozenset({State.STARTED, State.ENDED}),
    State.ENDED: frozenset(),
}

_NEEDS = {Kind.AMOUNT: "amount_fen", Kind.THRESHOLD: "amount_fen", Kind.PERCENT: "percent_bp", Kind.GIFT: "gift_sku"}


def must_be_whole(campaign: Campaign) -> None:
    """Raise `Incomplete` where the kind lacks what it takes off, or no validity is given."""
    needed = _NEEDS.get(campaign.kind)
    if needed and not getattr(campaign, needed) and campaign.purpose is not Purpose.REWARD:
        raise Incomplete(kind=campaign.kind, missing=needed)
    if campaign.valid_days is None and campaign.ends_at is None:
        raise Incomplete(kind=campaign.kind, missing="valid_days | ends_at")


def step(campaign: Campaign, to: State) -> None:
    """Raise where a campaign may not go from where it stands."""
    if to not in STEPS[campaign.state]:
        raise WrongStep(state=campaign.state)
    if campaign.kind is Kind.SHIPPING and to is State.STARTED:
        raise NotYet


def discount(campaign: Campaign, amount_fen: int | None, basket_fen: Mapping[str, int], total_fen: int) -> int:
    """What the coupon takes off a basket: never more than what it applies to; nothing below its threshold.

    `amount_fen` is the coupon's own amount where it has one (a reward's); `basket_fen` is by SKU.
    """
    eligible_fen = sum(basket_fen.get(sku, 0) for sku in campaign.skus) if campaign.skus else total_fen
    eligible_fen = max(min(eligible_fen, total_fen), 0)
    if eligible_fen < campaign.threshold_fen:
        return 0
    match campaign.kind:
        case Kind.AMOUNT | Kind.THRESHOLD:
            off_fen = amount_fen or campaign.amount_fen or 0
        case Kind.PERCENT:
            off_fen = portion(eligible_fen, campaign.percent_bp or 0)
            off_fen = off_fen if campaign.cap_fen is None else min(off_fen, campaign.cap_fen)
        case Kind.GIFT:
            off_fen = basket_fen.get(campaign.gift_sku or "", 0)
        case Kind.SHIPPING:
            off_fen = 0
    return max(min(off_fen, eligible_fen), 0)
