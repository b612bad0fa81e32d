"""What a coupon is, and the ways it moves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.campaign.offer.rules import Purpose
from shared.errors import Refusal
from shared.words import Words


class State(StrEnum):
    """Where a coupon stands."""

    ISSUED = "issued"  # 可用
    HELD = "held"  # 占用中
    REDEEMED = "redeemed"  # 已核销
    WITHDRAWN = "withdrawn"  # 已作废


class Step(StrEnum):
    """What happened to a coupon."""

    ISSUE = "issue"
    HOLD = "hold"
    RELEASE = "release"
    EXPIRE_HOLD = "expire_hold"
    REDEEM = "redeem"
    RETURN = "return"
    OVERRUN = "overrun"
    WITHDRAW = "withdraw"
    FOLD = "fold"


class NoneLeft(Refusal):
    """The campaign's coupons are all issued."""

    code = "campaign.none_left"
    words = Words("优惠券已领完。", "All coupons of this campaign are gone.")


class EnoughForYou(Refusal):
    """The person has as many as one may have."""

    code = "campaign.person_limit"
    words = Words("每人限领 {most} 张，您已领完。", "One person may have {most}: you have them all.")


class NotRunning(Refusal):
    """The campaign does not run now."""

    code = "campaign.not_running"
    words = Words("活动未开始或已结束。", "The campaign does not run now.")


@dataclass(frozen=True)
class Coupon:
    """One coupon as it stands."""

    coupon_id: UUID
    brand_id: UUID
    campaign_id: UUID
    person_id: UUID
    ordinal: int
    purpose: Purpose
    state: State
    amount_fen: int | None  # its own amount, where the campaign leaves it open
    starts_at: datetime
    ends_at: datetime
    issued_at: datetime
    cause: str
    reward_id: UUID | None
    hold_id: UUID | None
    ticket_id: UUID | None
    shop_id: UUID | None
    taken_fen: int | None

    def is_good_at(self, at: datetime) -> bool:
        """Whether its time has come and is not over."""
        return self.starts_at <= at < self.ends_at


class Movement(NamedTuple):
    """A row of a coupon's story."""

    coupon_id: UUID
    step: Step
    shop_id: UUID | None
    ticket_id: UUID | None
    hold_id: UUID | None
    discount_fen: int | None
    cause: str
    note: str = ""


STORY: dict[Step, Words] = {
    Step.ISSUE: Words("发放，起因 {cause}。", "Issued because of {cause}."),
    Step.HOLD: Words("门店占用，抵扣 {discount_fen} 分。", "Held at a till for {discount_fen} fen."),
    Step.RELEASE: Words("占用释放。", "The hold was released."),
    Step.EXPIRE_HOLD: Words("占用超时释放。", "The hold ran out."),
    Step.REDEEM: Words(
        "小票 {ticket_id} 核销，抵扣 {discount_fen} 分。{note}",
        "Ticket {ticket_id} redeemed it for {discount_fen} fen. {note}",
    ),
    Step.RETURN: Words("小票 {ticket_id} 全退，券退回。", "Ticket {ticket_id} came back whole: so did the coupon."),
    Step.OVERRUN: Words(
        "小票 {ticket_id} 超额核销（{note}），记门店超支 {discount_fen} 分。",
        "Ticket {ticket_id} used it though {note}: {discount_fen} fen are the shop's overrun.",
    ),
    Step.WITHDRAW: Words("作废：{note}。", "Withdrawn: {note}."),
    Step.FOLD: Words("随会员身份合并转入。", "Followed its person into the member she proved to be."),
}
