"""What community says: who became a contact and who joined a group, and through which live code."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.event import Event


class ContactAdded(Event, frozen=True, kw_only=True):
    """A person became a contact (外部联系人) of a guide, for the first time or again."""

    TYPE: ClassVar[str] = "community.contact.added.v1"
    KEY: ClassVar[str] = "person_id"

    person_id: UUID
    shop_id: UUID | None
    guide_id: UUID | None
    live_code_id: UUID | None
    added_at: datetime


class MembershipJoined(Event, frozen=True, kw_only=True):
    """A person joined a group (社群). `is_first`: she had never been in any group of the brand."""

    TYPE: ClassVar[str] = "community.membership.joined.v1"
    KEY: ClassVar[str] = "person_id"

    membership_id: UUID
    group_id: UUID
    shop_id: UUID
    person_id: UUID
    live_code_id: UUID | None
    is_first: bool
    joined_at: datetime


EVENTS = (ContactAdded, MembershipJoined)
