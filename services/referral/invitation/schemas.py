"""What the routes of invitations take and give."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from services.referral.invitation.rules import InviterKind

InvitationCode = Annotated[str, Path(pattern=r"^[A-Z2-7]{16}$", examples=["MFRGGZDFMZTWQ2LK"])]


class InvitationIn(BaseModel):
    """Whose invitation: nothing named means the caller's own."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"shop_id": "0190a6c0-0000-7000-8000-000000000001"}}
    )

    shop_id: UUID | None = Field(None, description="the shop's own code; staff of that shop only")


class InvitationOut(BaseModel):
    """An invitation to pass on."""

    invitation_code: str
    inviter_kind: InviterKind
    link: str = Field(description="path in the mini-program, for a card or a QR code")


class AcceptanceOut(BaseModel):
    """An accepted invitation; it counts if the friend joins before `until_at`."""

    invitation_code: str
    accepted_at: datetime
    until_at: datetime
