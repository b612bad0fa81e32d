"""What the routes of coupons take and give."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.campaign.coupon.rules import Coupon, State, Step
from services.campaign.offer.rules import Purpose


class CouponOut(BaseModel):
    """A coupon."""

    coupon_id: UUID
    campaign_id: UUID
    purpose: Purpose
    state: State
    amount_fen: int | None
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, coupon: Coupon) -> "CouponOut":
        """As the shopper and the till see it."""
        return cls(**{name: getattr(coupon, name) for name in cls.model_fields})


class IssueIn(BaseModel):
    """Whom head office gives a coupon; `ordinal` says which of hers it is, so that a repeat gives none."""

    model_config = ConfigDict(extra="forbid")

    person_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]
    ordinal: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1


class IssuedOut(BaseModel):
    """The coupons that were new; people who had theirs, or came after the budget, are not in it."""

    coupons: dict[UUID, UUID] = Field(description="person → coupon")


class MovementOut(BaseModel):
    """A step of a coupon's story."""

    step: Step
    at: datetime
    cause: str
    shop_id: UUID | None
    ticket_id: UUID | None
    hold_id: UUID | None
    discount_fen: int | None
    words: str


class ExplainOut(BaseModel):
    """Why a coupon is here and what became of it."""

    id: UUID
    what: str
    because: list[str] = Field(description="the id of the event or request that it was given for")
    person_id: UUID
    campaign: str
    purpose: Purpose
    reward_id: UUID | None = Field(description="the reward of referral that it was given for, if any")
    issued_at: datetime
    state: State
    story: list[MovementOut]
