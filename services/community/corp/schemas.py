"""What the routes of corps take and give. What is secret goes in and never comes out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.community.corp.rules import MOST_MEMBERS, SWEEP_S

Secret = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+( [\x21-\x7e]+)*$")]
Userid = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.@-]+$", examples=["li.guide"])]


class CorpIn(BaseModel):
    """A brand's corp and the app that Siyu is to it."""

    model_config = ConfigDict(extra="forbid")

    corp_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$", examples=["ww0123456789abcdef"])]
    secret: Secret
    callback_token: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9]+$", examples=["QDG6eK"])]
    encoding_aes_key: Annotated[str, Field(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9]+$")]
    most_members_count: Annotated[
        int, Field(ge=2, le=MOST_MEMBERS, strict=True, description="how many a group of this corp holds")
    ] = MOST_MEMBERS
    sweep_s: Annotated[int, Field(ge=1, le=86_400, strict=True, description="how often all groups are read anew")] = (
        SWEEP_S
    )


class CorpOut(BaseModel):
    """The corp, without what is secret."""

    corp_id: str
    most_members_count: int
    sweep_s: int
    swept_at: datetime | None
    callback_path: str = Field(examples=["/community/v1/wecom/callbacks/019a…"])


class CorpStaffIn(BaseModel):
    """For which shop somebody in WeCom stands; groups that she owns are that shop's."""

    model_config = ConfigDict(extra="forbid")

    shop_id: UUID
    guide_id: UUID | None = None


class CorpStaffOut(CorpStaffIn):
    """The same as it is kept."""

    userid: str


class SyncOut(BaseModel):
    """How many groups there are; each will be looked at within seconds."""

    groups_count: int
