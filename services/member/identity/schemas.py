"""What the routes of members and identities take and give."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.http.moments import Moment
from shared.texts import PLAIN

MOST_AT_ONCE = 1000

Value = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["8800000123"])]
Mobile = Annotated[str, Field(pattern=r"^\+?[0-9]{6,15}$", examples=["13800001234"])]
OutsideKind = Literal["unionid", "openid", "external_userid"]


class Strict(BaseModel):
    """A body: nothing in it that we do not know."""

    model_config = ConfigDict(extra="forbid")


class Verification(Strict):
    """How a mobile number was verified just now."""

    kind: Literal["sms", "wechat_phone", "staff"]


class JoinBody(Strict):
    """What somebody who joins shows; a mobile number with how it was verified."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"mobile": "13800001234", "card": "8800000123", "verification": {"kind": "sms"}}}
    )

    mobile: Mobile | None = None
    card: Value | None = None
    verification: Verification | None = None

    @model_validator(mode="after")
    def _is_verified(self) -> Self:
        if self.mobile is not None and self.verification is None:
            raise ValueError("a mobile number needs its verification")
        return self


class BindBody(Strict):
    """One more identity."""

    kind: Literal["mobile", "card", "unionid", "openid", "external_userid"]
    value: Value
    verification: Verification | None = None

    @model_validator(mode="after")
    def _is_verified(self) -> Self:
        if self.kind == "mobile" and self.verification is None:
            raise ValueError("a mobile number needs its verification")
        return self


class FindBody(Strict):
    """By what to find a member."""

    kind: Literal["mobile", "card", "code"]
    value: Value


class ImportRow(Strict):
    """One member that the chain brings along."""

    card: Value | None = None
    mobile: Mobile | None = None
    joined_at: Moment
    shop_id: UUID | None = Field(None, description="the shop that owns her, where the chain knows")


class ImportBody(Strict):
    """Members that the chain had before; in the order in which they joined."""

    members: list[ImportRow] = Field(min_length=1, max_length=MOST_AT_ONCE)


class OutsideIdentity(Strict):
    """An identity given by WeChat or WeCom."""

    kind: OutsideKind
    value: Value


class PersonIn(Strict):
    """Identities that belong to one person."""

    identities: list[OutsideIdentity] = Field(min_length=1, max_length=10)


class ResolveBody(Strict):
    """Who are these?"""

    people: list[PersonIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ResolvedOut(BaseModel):
    """Whom one entry means."""

    person_id: UUID
    is_member: bool
    flags: list[str] = Field(description="`two_members`: its identities are two members'; the one by unionid is given")


class ResolveOut(BaseModel):
    """Whom each of them is, in order."""

    people: list[ResolvedOut]


class IdentityOut(BaseModel):
    """By what somebody is known, masked."""

    kind: str
    masked: str = Field(examples=["138****1234"])
    bound_at: datetime


class MemberOut(BaseModel):
    """A member as she stands."""

    member_id: UUID
    member_code: str | None = Field(None, description="the whole code only at joining and to herself")
    joined_at: datetime
    owner_shop_id: UUID | None
    owner_guide_id: UUID | None
    identities: list[IdentityOut]
    tier: str = Field(examples=["银卡"])
    points: int = Field(description="what she may spend, or less what is held at a till; never below zero")
    growth: int


class ImportedOut(BaseModel):
    """What became of one row: taken in or known (201), or why not."""

    status: int
    member_id: UUID | None = None
    member_code: str | None = None
    code: str | None = None
    detail: str | None = None


class ImportOut(BaseModel):
    """An answer for each row, in order."""

    answers: list[ImportedOut]
