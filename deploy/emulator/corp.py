"""A corp (企业) in WeCom: its staff, contacts, groups and live codes, and where its callbacks go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from deploy.emulator.chance import Chance
from deploy.emulator.contacts import Contacts
from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.groups import Entry, Group, Groups
from deploy.emulator.people import Person
from deploy.emulator.ways import MOST_CHATS, ContactWay, JoinWay
from deploy.emulator.weather import Weather
from shared.wecom.callbacks import Callbacks
from shared.wecom.changes import ChatChange, ContactChange

MOST_WAYS = 500_000  # join ways and contact ways together


@dataclass(frozen=True)
class Target:
    """Where a corp's callbacks go, and what they are sealed with."""

    url: str
    corp_id: str
    token: str
    encoding_aes_key: str

    @cached_property
    def callbacks(self) -> Callbacks:
        """How they are sealed."""
        return Callbacks(self.token, self.encoding_aes_key, self.corp_id)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan led to: a group or a staff member, neither where there was no room, and what it changed."""

    chat_id: str | None = None
    userid: str | None = None
    changes: Sequence[ChatChange | ContactChange] = ()


class Corp:
    """One corp and all that its app may see of it."""

    def __init__(self, corp_id: str, secret: str, chance: Chance, weather: Weather) -> None:
        self.corp_id = corp_id
        self.secret = secret
        self.staff: dict[str, str] = {}
        self.groups = Groups(corp_id, chance, weather)
        self.contacts = Contacts(corp_id, chance)
        self.join_ways: dict[str, JoinWay] = {}
        self.contact_ways: dict[str, ContactWay] = {}
        self.target: Target | None = None
        self._chance = chance
        self.ways_made = 0

    def require_staff(self, userid: str) -> None:
        """A fault where there is no such staff member."""
        if userid not in self.staff:
            raise Fault(Errcode.INVALID_USERID, userid)

    def open_group(self, owner: str, name: str, at: datetime) -> tuple[Group, ChatChange]:
        """A staff member opens a group."""
        self.require_staff(owner)
        return self.groups.open(owner, name, at)

    def new_config_id(self) -> str:
        """The name of the next live code."""
        if len(self.join_ways) + len(self.contact_ways) >= MOST_WAYS:
            raise Fault(Errcode.INVALID_PARAMETER, "no more ways")
        self.ways_made += 1
        return self._chance.token("way", self.corp_id, self.ways_made)

    def check_join_way(self, way: JoinWay) -> None:
        """A fault where it leads to a group that is not there."""
        for chat_id in way.chat_id_list:
            self.groups.get(chat_id)

    def check_contact_way(self, way: ContactWay) -> None:
        """A fault where it leads to somebody who is no staff."""
        for userid in way.user:
            self.require_staff(userid)

    def scan(self, config_id: str, person: Person, at: datetime) -> Scanned:
        """A person scans a live code of ours: WeCom, not the caller, picks where it leads."""
        if (join_way := self.join_ways.get(config_id)) is not None:
            return self._scan_join_way(config_id, join_way, person, at)
        if (contact_way := self.contact_ways.get(config_id)) is not None:
            return self._scan_contact_way(config_id, contact_way, person, at)
        raise Fault(Errcode.INVALID_PARAMETER, "no such live code")

    def add_contact(self, userid: str, person: Person, at: datetime, state: str = "") -> Scanned:
        """A person adds a staff member; whoever is a contact already stays one, and nothing is told."""
        self.require_staff(userid)
        if any(follow.userid == userid for follow in self.contacts.of(person.external_userid)):
            return Scanned(userid=userid)
        return Scanned(userid=userid, changes=(self.contacts.add(userid, person, state, at),))

    def join_group(self, chat_id: str, person: Person, entry: Entry, at: datetime) -> Scanned:
        """A person comes into one group; whoever is in it already stays, and nothing is told."""
        group = self.groups.get(chat_id)
        if person.external_userid in group.members:
            return Scanned(chat_id=chat_id)
        return Scanned(chat_id=chat_id, changes=(self.groups.join(group, person, entry, at),))

    def _scan_join_way(self, config_id: str, way: JoinWay, person: Person, at: datetime) -> Scanned:
        found = [self.groups.find(chat_id) for chat_id in way.chat_id_list]
        groups = [group for group in found if group is not None]
        for group in groups:
            if person.external_userid in group.members:
                return Scanned(chat_id=group.chat_id)
        entry = Entry(state=way.state)
        for group in groups:
            if self.groups.has_room(group):
                return Scanned(group.chat_id, changes=(self.groups.join(group, person, entry, at),))
        if not groups or not way.auto_create_room:
            return Scanned()
        group, created = self._open_next(config_id, way, groups[-1], at)
        return Scanned(group.chat_id, changes=(created, self.groups.join(group, person, entry, at)))

    def _open_next(self, config_id: str, way: JoinWay, last: Group, at: datetime) -> tuple[Group, ChatChange]:
        """Open the group after the last full one, of the same owner; where the code is full too, it drops its first."""
        name = f"{way.room_base_name or last.name}{way.room_base_id}"
        group, created = self.groups.open(last.owner, name, at)
        chat_ids = (*way.chat_id_list, group.chat_id)[-MOST_CHATS:]
        changed = {"chat_id_list": chat_ids, "room_base_id": way.room_base_id + 1}
        self.join_ways[config_id] = way.model_copy(update=changed)
        return group, created

    def _scan_contact_way(self, config_id: str, way: ContactWay, person: Person, at: datetime) -> Scanned:
        followers = [follow.userid for follow in self.contacts.of(person.external_userid)]
        known = [userid for userid in way.user if userid in followers]
        if known:
            return Scanned(userid=known[0])
        userid = way.user[self._chance.draw(len(way.user), "staff", config_id, person.external_userid)]
        return self.add_contact(userid, person, at, way.state)
