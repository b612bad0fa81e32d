"""What the routes of groups give."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class GroupOut(BaseModel):
    """A group as it stands; `members_count` without its owner."""

    group_id: UUID
    chat_id: str
    name: str
    owner_userid: str
    shop_id: UUID | None = Field(description="none while its owner stands for no shop: see PUT /wecom/staff")
    members_count: int
    member_version: str | None
    opened_at: datetime
    seen_at: datetime
    dismissed_at: datetime | None


class MemberOut(BaseModel):
    """Somebody who is in a group."""

    membership_id: UUID
    person_id: UUID
    live_code_id: UUID | None
    is_first: bool
    joined_at: datetime


class ExplainOut(BaseModel):
    """Why a membership is here: `because` names the callback, or the version of the group detail that showed it."""

    id: UUID
    what: str
    because: list[str]
    person_id: UUID
    group_id: UUID
    group_name: str
    shop_id: UUID | None
    live_code_id: UUID | None
    live_code: str | None = Field(description="the code of the live code that she scanned")
    channel: str | None = Field(description="where that live code is shown")
    prompted_at: datetime | None = Field(description="when a till last asked what to say to her, before she joined")
    is_first: bool
    joined_at: datetime
    left_at: datetime | None
    words: str
