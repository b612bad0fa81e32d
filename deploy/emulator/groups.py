"""The customer groups (客户群) of a corp: who is in them, and the versions of each membership."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from deploy.emulator.chance import Chance
from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.people import Person
from deploy.emulator.weather import Weather
from shared.wecom.changes import ChatChange, ChatChangeType, JoinScene, QuitScene, UpdateDetail

MOST_MEMBERS = 500
MOST_STALE_READS = 3


class DetailScene(IntEnum):
    """How somebody joined, as the group detail counts it; callbacks count differently."""

    INVITED = 1
    SCANNED = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """How an external person comes into a group: by a join way with its state, or asked in by somebody."""

    state: str | None = None
    inviter: str | None = None

    @property
    def scenes(self) -> tuple[JoinScene, DetailScene]:
        if self.inviter is None:
            return JoinScene.SCANNED, DetailScene.SCANNED
        return JoinScene.INVITED, DetailScene.INVITED


@dataclass(frozen=True, slots=True)
class Member:
    """An external person in a group."""

    person: Person
    joined_at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is in a group at one version; the version means nothing but that it is the same or another."""

    version: str
    members: tuple[Member, ...]


@dataclass(slots=True)
class Group:
    """A group with its owner, a staff member, who is counted among its members."""

    chat_id: str
    number: int
    name: str
    owner: str
    opened_at: datetime
    version: str
    members: dict[str, Member] = field(default_factory=dict)
    changes: int = 0
    stale: Membership | None = None
    stale_reads: int = 0

    @property
    def size(self) -> int:
        return 1 + len(self.members)


class Groups:
    """All groups of a corp; each change of one answers with the callback that tells it."""

    def __init__(self, corp_id: str, chance: Chance, weather: Weather, most_members: int = MOST_MEMBERS) -> None:
        self.most_members = most_members
        self.joiners: dict[str, Person] = {}  # whoever was ever in a group, for the checker
        self._corp_id = corp_id
        self._chance = chance
        self._weather = weather
        self.by_chat: dict[str, Group] = {}
        self.opened = 0

    def __iter__(self) -> Iterator[Group]:
        return iter(self.by_chat.values())

    def find(self, chat_id: str) -> Group | None:
        """The group, None where it was dismissed or never was."""
        return self.by_chat.get(chat_id)

    def get(self, chat_id: str) -> Group:
        """The group, or a fault."""
        group = self.find(chat_id)
        if group is None:
            raise Fault(Errcode.UNKNOWN_CHAT, chat_id)
        return group

    def open(self, owner: str, name: str, at: datetime) -> tuple[Group, ChatChange]:
        """Open a group; only staff can, on the phone."""
        self.opened += 1
        chat_id = f"wr{self._chance.token('chat', self._corp_id, self.opened)}"
        version = self._chance.token("version", chat_id, 0)
        group = Group(chat_id, self.opened, name, owner, at, version)
        self.by_chat[chat_id] = group
        return group, self._tell(group, ChatChangeType.CREATED, at)

    def dismiss(self, chat_id: str, at: datetime) -> ChatChange:
        """End a group."""
        group = self.get(chat_id)
        del self.by_chat[chat_id]
        return self._tell(group, ChatChangeType.DISMISSED, at)

    def rename(self, chat_id: str, name: str, at: datetime) -> ChatChange:
        """Call a group otherwise; its membership and so its version stay."""
        group = self.get(chat_id)
        group.name = name
        return ChatChange(
            corp_id=self._corp_id,
            created_at=at,
            chat_id=chat_id,
            change_type=ChatChangeType.UPDATED,
            update_detail=UpdateDetail.NAME,
        )

    def has_room(self, group: Group) -> bool:
        """Whether one more can join."""
        return group.size < self.most_members

    def join(self, group: Group, person: Person, entry: Entry, at: datetime) -> ChatChange:
        """Let somebody in who is not in yet."""
        assert person.external_userid not in group.members
        if not self.has_room(group):
            raise Fault(Errcode.INVALID_PARAMETER, "the group is full")
        last_version = self._advance(group)
        group.members[person.external_userid] = Member(person, at, entry)
        self.joiners[person.external_userid] = person
        return ChatChange(
            corp_id=self._corp_id,
            created_at=at,
            chat_id=group.chat_id,
            change_type=ChatChangeType.UPDATED,
            update_detail=UpdateDetail.MEMBER_ADDED,
            join_scene=entry.scenes[0],
            changed_count=1,
            changed_members=(person.external_userid,),
            last_version=last_version,
            current_version=group.version,
        )

    def quit(self, chat_id: str, external_userid: str, scene: QuitScene, at: datetime) -> ChatChange:
        """Take somebody out: she left, or staff removed her."""
        group = self.get(chat_id)
        if external_userid not in group.members:
            raise Fault(Errcode.INVALID_EXTERNAL_USERID, "is not in the group")
        last_version = self._advance(group)
        del group.members[external_userid]
        return ChatChange(
            corp_id=self._corp_id,
            created_at=at,
            chat_id=chat_id,
            change_type=ChatChangeType.UPDATED,
            update_detail=UpdateDetail.MEMBER_REMOVED,
            quit_scene=scene,
            changed_count=1,
            changed_members=(external_userid,),
            last_version=last_version,
            current_version=group.version,
        )

    def read(self, group: Group) -> Membership:
        """What the group detail shows: the truth, or for a few reads what was true before the last change."""
        if group.stale is not None and group.stale_reads > 0:
            group.stale_reads -= 1
            return group.stale
        group.stale = None
        return Membership(group.version, tuple(group.members.values()))

    def _advance(self, group: Group) -> str:
        """Give the group its next version, perhaps one that the detail does not show yet; answers the last one."""
        last_version = group.version
        group.changes += 1
        drawn_for = (group.chat_id, group.changes)
        group.stale = None
        if self._chance.happens(self._weather.lagging_bp, "lagging", *drawn_for):
            group.stale = Membership(last_version, tuple(group.members.values()))
            group.stale_reads = 1 + self._chance.draw(MOST_STALE_READS, "stale reads", *drawn_for)
        group.version = self._chance.token("version", *drawn_for)
        return last_version

    def _tell(self, group: Group, change_type: ChatChangeType, at: datetime) -> ChatChange:
        return ChatChange(corp_id=self._corp_id, created_at=at, chat_id=group.chat_id, change_type=change_type)
