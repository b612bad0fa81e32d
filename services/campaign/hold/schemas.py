"""What the routes of holds take and give."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.campaign.hold.rules import Basket, Hold, State
from services.campaign.offer.schemas import Sku

Fen = Annotated[int, Field(strict=True, ge=-(10**12), le=10**12)]


class BasketLine(BaseModel):
    """A line about to be paid."""

    model_config = ConfigDict(extra="forbid")

    sku: Sku
    amount_fen: Fen


class HoldIn(BaseModel):
    """A coupon to be kept for this till; the till mints `hold_id`, so that asking again is harmless."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "hold_id": "01933f5e-0000-7abc-8def-0123456789ab",
                "coupon_id": "01933f5e-0000-8abc-8def-0123456789ab",
                "total_fen": 2399,
                "lines": [{"sku": "1029743", "amount_fen": 2399}],
            }
        },
    )

    hold_id: UUID
    coupon_id: UUID
    person_id: UUID | None = None
    total_fen: Fen
    lines: Annotated[list[BasketLine], Field(max_length=3000)] = []

    def basket(self) -> Basket:
        """What is about to be paid, by SKU."""
        by_sku_fen: dict[str, int] = {}
        for line in self.lines:
            by_sku_fen[line.sku] = by_sku_fen.get(line.sku, 0) + line.amount_fen
        return Basket(self.total_fen, by_sku_fen)


class HoldOut(BaseModel):
    """What the coupon takes off, and how long it is kept."""

    hold_id: UUID
    coupon_id: UUID
    discount_fen: int
    expires_at: datetime
    state: State

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """As the till sees it."""
        return cls(**{name: getattr(hold, name) for name in cls.model_fields})
