"""What the routes of staff take and give. A name is shown to those who manage, and is in no event."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.directory.brand.schemas import Code, In, Name
from shared.auth.caller import Role

Password = Annotated[str, Field(min_length=1, max_length=200, examples=["correct horse battery"])]


class StaffIn(In):
    """A member of staff, but for the code."""

    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role), examples=[["guide"]])]
    shops: Annotated[
        list[Code] | None, Field(max_length=20_000, description="by code; null is every shop", examples=[["HZ001"]])
    ]
    joined_on: date | None = None
    has_left: Annotated[bool, Field(strict=True, description="whoever left signs in no more")] = False


class StaffOut(BaseModel):
    """A member of staff as it stands."""

    staff_id: UUID
    code: str
    name: str
    roles: list[str]
    shop_ids: list[UUID] | None
    joined_on: date | None
    left_at: datetime | None
    version: int


class OneTimeOut(BaseModel):
    """A password that opens nothing but its own change; shown this once."""

    staff_code: str
    one_time_password: str


class ChangeIn(In):
    """A change of one's own password; the old one proves who asks."""

    brand: Code
    staff: Code
    password: Password
    new_password: Password
