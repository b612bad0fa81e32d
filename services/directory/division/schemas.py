"""What the routes of divisions take and give."""

from uuid import UUID

from pydantic import BaseModel

from services.directory.brand.schemas import In, Name


class DivisionIn(In):
    """A region, branch or area."""

    name: Name


class DivisionOut(BaseModel):
    """A region, branch or area as it stands."""

    division_id: UUID
    code: str
    name: str
