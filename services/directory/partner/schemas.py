"""What the routes of partners take and give."""

from uuid import UUID

from pydantic import BaseModel

from services.directory.brand.schemas import In, Name


class PartnerIn(In):
    """A partner, but for its code."""

    name: Name


class PartnerOut(BaseModel):
    """A partner as it stands."""

    partner_id: UUID
    code: str
    name: str
    version: int
