"""What the routes of coupon campaigns take and give."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.campaign.offer.rules import Kind, Purpose, State
from shared.http.moments import Moment
from shared.texts import PLAIN

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$", examples=["join-2026"])]
Fen = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Sku = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["1029743"])]
Many = Annotated[int, Field(strict=True, ge=1, le=10**9)]


class CampaignIn(BaseModel):
    """A coupon campaign; limits left out are no limits."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"kind": "amount", "purpose": "join", "amount_fen": 500, "valid_days": 30, "most_issued": 100000}
        },
    )

    kind: Kind
    purpose: Purpose
    amount_fen: Fen | None = None
    percent_bp: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None
    cap_fen: Fen | None = None
    threshold_fen: Fen = 0
    gift_sku: Sku | None = None
    skus: Annotated[list[Sku], Field(max_length=5000)] = []
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    valid_days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = None
    most_issued: Many | None = None
    most_per_person: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    most_per_shop: Many | None = None
    most_discount_fen: Fen | None = None


class CampaignOut(BaseModel):
    """A campaign and where its counters stand."""

    campaign_code: str
    campaign_id: UUID
    kind: Kind
    purpose: Purpose
    state: State
    amount_fen: int | None
    percent_bp: int | None
    cap_fen: int | None
    threshold_fen: int
    starts_at: datetime | None
    ends_at: datetime | None
    valid_days: int | None
    most_issued: int | None
    most_per_person: int
    most_per_shop: int | None
    most_discount_fen: int | None
    issued: int
    held: int
    redeemed: int
    redeemed_fen: int
    overruns: int
    overrun_fen: int
