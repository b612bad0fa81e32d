"""What WeCom's callbacks tell of contacts (外部联系人) and groups (客户群): read, and written for the emulator.

Versions of a membership are opaque: two of them are the same or not, nothing else can be said of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import TypeVar

from shared.wecom.xml import BadXml, Fields, one, read, write

CONTACT_EVENT = "change_external_contact"
CHAT_EVENT = "change_external_chat"
SENDER = "sys"

Choice = TypeVar("Choice", bound=StrEnum)
Number = TypeVar("Number", bound=IntEnum)


class ContactChangeType(StrEnum):
    """What happened between a staff member and a person."""

    ADDED = "add_external_contact"
    EDITED = "edit_external_contact"
    HALF_ADDED = "add_half_external_contact"
    STAFF_REMOVED_PERSON = "del_external_contact"
    PERSON_REMOVED_STAFF = "del_follow_user"
    TRANSFER_FAILED = "transfer_fail"


class ChatChangeType(StrEnum):
    """What happened to a group."""

    CREATED = "create"
    UPDATED = "update"
    DISMISSED = "dismiss"


class UpdateDetail(StrEnum):
    """What an update changed."""

    MEMBER_ADDED = "add_member"
    MEMBER_REMOVED = "del_member"
    OWNER = "change_owner"
    NAME = "change_name"
    NOTICE = "change_notice"


class JoinScene(IntEnum):
    """How somebody joined, as callbacks count it; the group detail counts differently."""

    INVITED = 0
    SCANNED = 3


class QuitScene(IntEnum):
    """How somebody went."""

    LEFT = 0
    REMOVED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """`change_external_contact`. `state` names the contact way (联系我) that the person scanned."""

    corp_id: str
    created_at: datetime
    change_type: ContactChangeType
    userid: str
    external_userid: str
    state: str | None = None
    welcome_code: str | None = None
    source: str | None = None
    fail_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChange:
    """`change_external_chat`. `update_detail` and scenes are None where WeCom says nothing, or something new to us."""

    corp_id: str
    created_at: datetime
    chat_id: str
    change_type: ChatChangeType
    update_detail: UpdateDetail | None = None
    join_scene: JoinScene | None = None
    quit_scene: QuitScene | None = None
    changed_count: int | None = None
    changed_members: tuple[str, ...] = ()
    last_version: str | None = None
    current_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherChange:
    """An event or a change type that we do not listen to: taken, and of no effect."""

    corp_id: str
    created_at: datetime
    event_type: str | None
    change_type: str | None


Change = ContactChange | ChatChange | OtherChange


def parse(document: bytes) -> Change:
    """Read the decrypted XML; raises `BadXml` where a field that must be there is not."""
    fields = read(document)
    event_type, change_type = one(fields, "Event"), one(fields, "ChangeType")
    if event_type == CONTACT_EVENT and change_type in tuple(ContactChangeType):
        return _contact_change(fields, ContactChangeType(change_type))
    if event_type == CHAT_EVENT and change_type in tuple(ChatChangeType):
        return _chat_change(fields, ChatChangeType(change_type))
    return OtherChange(
        corp_id=_text(fields, "ToUserName"),
        created_at=_created_at(fields),
        event_type=event_type,
        change_type=change_type,
    )


def compose(change: ContactChange | ChatChange) -> bytes:
    """Write a change as WeCom would."""
    inside = _contact_fields(change) if isinstance(change, ContactChange) else _chat_fields(change)
    head: dict[str, str | int | Sequence[str] | None] = {
        "ToUserName": change.corp_id,
        "FromUserName": SENDER,
        "CreateTime": int(change.created_at.timestamp()),
        "MsgType": "event",
    }
    return write(head | dict(inside))


def _contact_change(fields: Fields, change_type: ContactChangeType) -> ContactChange:
    return ContactChange(
        corp_id=_text(fields, "ToUserName"),
        created_at=_created_at(fields),
        change_type=change_type,
        userid=_text(fields, "UserID"),
        external_userid=_text(fields, "ExternalUserID"),
        state=one(fields, "State") or None,
        welcome_code=one(fields, "WelcomeCode") or None,
        source=one(fields, "Source") or None,
        fail_reason=one(fields, "FailReason") or None,
    )


def _contact_fields(change: ContactChange) -> Mapping[str, str | None]:
    return {
        "Event": CONTACT_EVENT,
        "ChangeType": change.change_type.value,
        "UserID": change.userid,
        "ExternalUserID": change.external_userid,
        "State": change.state,
        "WelcomeCode": change.welcome_code,
        "Source": change.source,
        "FailReason": change.fail_reason,
    }


def _chat_change(fields: Fields, change_type: ChatChangeType) -> ChatChange:
    return ChatChange(
        corp_id=_text(fields, "ToUserName"),
        created_at=_created_at(fields),
        chat_id=_text(fields, "ChatId"),
        change_type=change_type,
        update_detail=_choice(UpdateDetail, one(fields, "UpdateDetail")),
        join_scene=_number(JoinScene, one(fields, "JoinScene")),
        quit_scene=_number(QuitScene, one(fields, "QuitScene")),
        changed_count=_whole(one(fields, "MemChangeCnt")),
        changed_members=tuple(fields.get("MemChangeList/Item", ())),
        last_version=one(fields, "LastMemVer") or None,
        current_version=one(fields, "CurMemVer") or None,
    )


def _chat_fields(change: ChatChange) -> Mapping[str, str | int | Sequence[str] | None]:
    return {
        "Event": CHAT_EVENT,
        "ChatId": change.chat_id,
        "ChangeType": change.change_type.value,
        "UpdateDetail": None if change.update_detail is None else change.update_detail.value,
        "JoinScene": None if change.join_scene is None else int(change.join_scene),
        "QuitScene": None if change.quit_scene is None else int(change.quit_scene),
        "MemChangeCnt": change.changed_count,
        "MemChangeList": change.changed_members or None,
        "LastMemVer": change.last_version,
        "CurMemVer": change.current_version,
    }


def _text(fields: Fields, path: str) -> str:
    text = one(fields, path)
    if not text:
        raise BadXml(f"no {path}")
    return text


def _created_at(fields: Fields) -> datetime:
    seconds = _whole(_text(fields, "CreateTime"))
    if seconds is None:
        raise BadXml("CreateTime is no number")
    return datetime.fromtimestamp(seconds, UTC)


def _whole(text: str | None) -> int | None:
    """A whole number of up to ten digits, which every time and count of WeCom's is; else None."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 10 else None


def _choice(choices: type[Choice], text: str | None) -> Choice | None:
    return choices(text) if text in tuple(choices) else None


def _number(numbers: type[Number], text: str | None) -> Number | None:
    whole = _whole(text)
    return numbers(whole) if whole in tuple(numbers) else None
