"""What the routes of holds take and give."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.member.hold.rules import Hold
from shared.texts import PLAIN


class ShownBody(BaseModel):
    """What the shopper showed."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["code", "card", "mobile"]
    value: str = Field(min_length=1, max_length=64, pattern=PLAIN, examples=["8800000123"])


class HoldBody(BaseModel):
    """Set points of a member aside; she is named by what she showed or by her id."""

    model_config = ConfigDict(extra="forbid")

    hold_id: UUID = Field(description="minted by the till; the ticket names it again")
    points: int = Field(ge=1, le=10**9, strict=True, examples=[500])
    member: ShownBody | None = None
    member_id: UUID | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.member is None) == (self.member_id is None):
            raise ValueError("name the member once: by `member` or by `member_id`")
        return self


class HoldOut(BaseModel):
    """A hold as it stands."""

    hold_id: UUID
    member_id: UUID
    points: int
    state: str = Field(examples=["held"])
    expires_at: datetime = Field(description="without a ticket the points are free again from then on")


def hold_out(hold: Hold) -> HoldOut:
    """The hold for the wire."""
    return HoldOut(
        hold_id=hold.hold_id,
        member_id=hold.member_id,
        points=hold.points,
        state=str(hold.state),
        expires_at=hold.expires_at,
    )
