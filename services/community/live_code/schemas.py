"""What the routes of live codes take and give."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.community.live_code.rules import Kind, LeadsTo
from shared.texts import PLAIN

Channel = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["till"])]


class LiveCodeIn(BaseModel):
    """A live code as it is wanted."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    leads_to: LeadsTo = LeadsTo.GROUP
    shop_id: UUID
    guide_id: UUID | None = Field(None, description="for a guide's own code that leads to staff")
    channel: Channel
    cost_fen: Annotated[int, Field(ge=0, le=10**12, strict=True, description="what the channel cost for this code")] = 0


class LiveCodeOut(LiveCodeIn):
    """A live code with what WeCom made of it; `qr_code` is none until it is made, seconds after the PUT."""

    live_code_id: UUID
    code: str
    state: str
    config_id: str | None
    qr_code: str | None
    targets: list[str] = Field(description="the chats or userids that it leads to now")


class CountedOut(LiveCodeOut):
    """The same with what came by it."""

    joins_count: int = Field(description="each time somebody joined a group by it")
    first_joins_count: int = Field(description="of these, how often it was her first group of the brand")
    contacts_count: int
    cost_per_join_fen: int | None
