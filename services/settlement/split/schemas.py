"""What the routes of split rules take and give; portions are basis points (1 % = 100)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.http.moments import Moment
from shared.texts import PLAIN

Portion = Annotated[int, Field(strict=True, ge=0, le=10_000)]
ProductClass = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN, examples=["dairy"])]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$", examples=["franchise"])]


class RuleIn(BaseModel):
    """Who gets which portion, and for what: nothing named means everything."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"royalty_bp": 600, "platform_bp": 100, "owner_bp": 300, "guide_bp": 200}},
    )

    shop_id: UUID | None = None
    partner_id: UUID | None = None
    product_class: ProductClass | None = None
    platform_bp: Portion = 0
    royalty_bp: Portion = 0
    owner_bp: Portion = 0
    guide_bp: Portion = 0
    from_at: Moment | None = Field(None, description="tickets sold from then on; now, if left out")


class RuleOut(BaseModel):
    """One version of a rule."""

    rule_code: str
    version: int
    shop_id: UUID | None
    partner_id: UUID | None
    product_class: str | None
    platform_bp: int
    royalty_bp: int
    owner_bp: int
    guide_bp: int
    from_at: datetime
