"""Whether a till may hold a coupon, and what it takes off; each no tells the cashier what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.campaign.budget.rules import Counters
from services.campaign.coupon.rules import Coupon, Movement, Step
from services.campaign.coupon.rules import State as CouponState
from services.campaign.offer.rules import Campaign, discount
from services.campaign.offer.rules import State as CampaignState
from shared.errors import Refusal
from shared.words import Words

HOLD_FOR = timedelta(minutes=10)


class State(StrEnum):
    """Where a hold stands."""

    HELD = "held"
    RELEASED = "released"
    EXPIRED = "expired"
    REDEEMED = "redeemed"


class CouponUsed(Refusal):
    """It was redeemed before."""

    code = "campaign.coupon_used"
    words = Words("该优惠券已使用，请顾客换一张。", "This coupon is used: ask for another.")


class CouponHeld(Refusal):
    """Another till holds it."""

    code = "campaign.coupon_held"
    words = Words(
        "该优惠券正在另一台收银机使用，请稍后或换一张。", "Another till holds this coupon: wait, or ask for another."
    )


class CouponNotGood(Refusal):
    """Its time has not come, or is over, or it was withdrawn."""

    code = "campaign.coupon_not_good"
    words = Words(
        "优惠券有效期为 {starts_at} 至 {ends_at}，现在不可用。",
        "This coupon is good from {starts_at} to {ends_at}: not now.",
    )


class DoesNotApply(Refusal):
    """It takes nothing off this basket."""

    code = "campaign.does_not_apply"
    words = Words(
        "此单不满足用券条件：门槛 {threshold_fen} 分或无适用商品。",
        "It does not apply here: its threshold is {threshold_fen} fen, or none of its goods are in the basket.",
    )


class BudgetGone(Refusal):
    """The campaign's budget at this shop or in all is used up."""

    code = "campaign.budget_gone"
    words = Words("本店或本活动的优惠额度已用完。", "The budget of this shop or campaign is used up.")


class NotThisPersons(Refusal):
    """The coupon is somebody else's."""

    code = "campaign.not_this_persons"
    status = 403
    words = Words("该优惠券不属于这位顾客。", "This coupon is not this shopper's.")


class HoldDiffers(Refusal):
    """The hold id was used for something else."""

    code = "campaign.hold_differs"
    words = Words(
        "该占用编号已用于其他优惠券，请换新编号。", "This hold id was used for something else: take a new one."
    )


@dataclass(frozen=True)
class Basket:
    """What is about to be paid."""

    total_fen: int
    by_sku_fen: Mapping[str, int]


@dataclass(frozen=True)
class Hold:
    """A coupon kept for a till."""

    hold_id: UUID
    brand_id: UUID
    coupon_id: UUID
    campaign_id: UUID
    shop_id: UUID
    till: str
    discount_fen: int
    expires_at: datetime
    state: State

    @property
    def room(self) -> Counters:
        """What it takes of the budgets while it lasts."""
        return Counters(held=1, held_fen=self.discount_fen)

    @property
    def room_freed(self) -> Counters:
        """What its end adds to them."""
        return Counters(held=-1, held_fen=-self.discount_fen)

    def movement(self, step: Step) -> Movement:
        """What it, or its end, is to its coupon's story."""
        cause = f"hold {self.hold_id}"
        return Movement(self.coupon_id, step, self.shop_id, None, self.hold_id, self.discount_fen, cause)


def discount_now(coupon: Coupon, campaign: Campaign, basket: Basket, person_id: UUID | None, at: datetime) -> int:
    """What a free coupon takes off now; raises the reason why it does not."""
    if person_id is not None and coupon.person_id != person_id:
        raise NotThisPersons
    if coupon.state is CouponState.REDEEMED:
        raise CouponUsed
    if coupon.state is CouponState.HELD:
        raise CouponHeld
    is_running = campaign.state in (CampaignState.STARTED, CampaignState.PAUSED, CampaignState.ENDED)
    if coupon.state is CouponState.WITHDRAWN or not coupon.is_good_at(at) or not is_running:
        raise CouponNotGood(starts_at=f"{coupon.starts_at:%Y-%m-%d}", ends_at=f"{coupon.ends_at:%Y-%m-%d}")
    off_fen = discount(campaign, coupon.amount_fen, basket.by_sku_fen, basket.total_fen)
    if off_fen <= 0:
        raise DoesNotApply(threshold_fen=campaign.threshold_fen)
    return off_fen
