"""What rewards hear: coupons that were issued for them."""

from collections.abc import Sequence

from services.referral.reward import actions
from shared.bus import on
from shared.db import Tx
from shared.events.campaign import CouponIssued
from shared.events.event import Heard


@on(CouponIssued)
async def mark_fulfilled(tx: Tx, heard: Sequence[Heard[CouponIssued]]) -> None:
    """The inviter has her coupon."""
    await actions.mark_fulfilled(tx, heard)
