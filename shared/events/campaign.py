"""What campaign says: what a joiner is offered, and which coupon was issued for what."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.event import Event


class JoinOfferSaved(Event, frozen=True, kw_only=True):
    """What whoever joins a group for the first time gets now: what the till's prompt may promise."""

    TYPE: ClassVar[str] = "campaign.join_offer.saved.v1"
    KEY: ClassVar[str] = "brand_id"

    discount_fen: int
    is_open: bool
    version: int


class CouponIssued(Event, frozen=True, kw_only=True):
    """A coupon (优惠券) was issued to a person: for joining, as a referral's reward, or by a campaign's list."""

    TYPE: ClassVar[str] = "campaign.coupon.issued.v1"
    KEY: ClassVar[str] = "person_id"

    coupon_id: UUID
    coupon_campaign_id: UUID
    person_id: UUID
    purpose: Literal["join", "reward", "list", "claim"]
    reward_id: UUID | None
    ends_at: datetime


EVENTS = (JoinOfferSaved, CouponIssued)
