"""What a ticket's use of a coupon means. A ticket is a fact: it is never refused, only booked where it belongs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.campaign.coupon.rules import Coupon, State
from services.campaign.hold.rules import Hold
from shared.words import Words


class Reason(StrEnum):
    """Why a use is the shop's overrun."""

    UNKNOWN = "unknown"
    USED = "used"
    HELD_ELSEWHERE = "held_elsewhere"
    NOT_GOOD = "not_good"
    WITHDRAWN = "withdrawn"
    OVER_BUDGET = "over_budget"


REASONS: dict[Reason, Words] = {
    Reason.UNKNOWN: Words("券不存在", "nobody issued it"),
    Reason.USED: Words("券已使用", "it was used before"),
    Reason.HELD_ELSEWHERE: Words("券被其他门店占用", "another shop held it"),
    Reason.NOT_GOOD: Words("券不在有效期", "its time was not come or over"),
    Reason.WITHDRAWN: Words("券已作废", "it was withdrawn"),
    Reason.OVER_BUDGET: Words("额度已用完", "the budget was used up"),
}


def overrun_reason(
    coupon: Coupon | None, hold: Hold | None, brand_id: UUID, shop_id: UUID, at: datetime
) -> Reason | None:
    """Why a use at a shop at a time is an overrun; none where all is well. Budgets are looked at apart.

    A coupon that this shop holds is good whatever the clock says: the hold promised it.
    """
    if coupon is None or coupon.brand_id != brand_id:
        return Reason.UNKNOWN
    if coupon.state is State.REDEEMED:
        return Reason.USED
    if coupon.state is State.WITHDRAWN:
        return Reason.WITHDRAWN
    if coupon.state is State.HELD:
        return None if hold is not None and hold.shop_id == shop_id else Reason.HELD_ELSEWHERE
    return None if coupon.is_good_at(at) else Reason.NOT_GOOD
