"""What member says: who joined, by which identities she is known, and which two persons turned out to be one."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.event import Event


class MemberJoined(Event, frozen=True, kw_only=True):
    """A person became a member (入会). Her member id is her person id."""

    TYPE: ClassVar[str] = "member.member.joined.v1"
    KEY: ClassVar[str] = "member_id"

    member_id: UUID
    joined_at: datetime


class OwnerAssigned(Event, frozen=True, kw_only=True):
    """The shop that owns a member: whose till, live code or guide first brought her in."""

    TYPE: ClassVar[str] = "member.owner.assigned.v1"
    KEY: ClassVar[str] = "member_id"

    member_id: UUID
    shop_id: UUID


class IdentityBound(Event, frozen=True, kw_only=True):
    """An identity (身份) was proven to be a person's; it travels as its lookup only.

    `kind`: mobile, card, code (member code), unionid, openid, external_userid. A recycled mobile number is bound
    anew to another person: the newest binding of a lookup is the one that counts.
    """

    TYPE: ClassVar[str] = "member.identity.bound.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: UUID
    kind: str
    lookup: UUID
    is_member: bool


class PersonFolded(Event, frozen=True, kw_only=True):
    """A person known only by outside identities proved to be this member: what was hers is the member's now."""

    TYPE: ClassVar[str] = "member.person.folded.v1"
    KEY: ClassVar[str] = "into_id"

    from_id: UUID
    into_id: UUID


EVENTS = (MemberJoined, OwnerAssigned, IdentityBound, PersonFolded)
