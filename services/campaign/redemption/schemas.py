"""What the routes of redemption give."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.campaign.redemption.rules import Reason


class OverrunOut(BaseModel):
    """A discount that a shop gave without a promise, and why it is one."""

    ticket_id: UUID
    coupon_id: UUID
    shop_id: UUID
    campaign_id: UUID | None
    reason: Reason
    discount_fen: int
    at: datetime
    words: str


class ReconciliationOut(BaseModel):
    """Campaigns whose counters are not what their coupons say: an empty list, always."""

    differing: list[str]
