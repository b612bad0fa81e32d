"""The external contacts (外部联系人) of a corp: who follows whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from deploy.emulator.chance import Chance
from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.people import Person
from shared.wecom.changes import ContactChange, ContactChangeType


@dataclass(frozen=True, slots=True)
class Follow:
    """A staff member and a person who have each other as contacts; `state` is the contact way's."""

    userid: str
    person: Person
    added_at: datetime
    state: str


class Contacts:
    """All contacts of a corp; each change answers with the callback that tells it."""

    def __init__(self, corp_id: str, chance: Chance) -> None:
        self._corp_id = corp_id
        self._chance = chance
        self.by_person: dict[str, dict[str, Follow]] = {}  # by person, then by staff member
        self.greeted: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Follow]:
        return (follow for follows in self.by_person.values() for follow in follows.values())

    def of(self, external_userid: str) -> list[Follow]:
        """Who has this person as a contact, the earliest first."""
        return list(self.by_person.get(external_userid, {}).values())

    def add(self, userid: str, person: Person, state: str, at: datetime) -> ContactChange:
        """Make a person a staff member's contact; a welcome code only comes with their first chat."""
        pair = (userid, person.external_userid)
        follows = self.by_person.setdefault(person.external_userid, {})
        assert userid not in follows
        follows[userid] = Follow(userid, person, at, state)
        welcome_code = None if pair in self.greeted else self._chance.token("welcome", self._corp_id, *pair)
        self.greeted.add(pair)
        return ContactChange(
            corp_id=self._corp_id,
            created_at=at,
            change_type=ContactChangeType.ADDED,
            userid=userid,
            external_userid=person.external_userid,
            state=state or None,
            welcome_code=welcome_code,
        )

    def remove(self, userid: str, external_userid: str, change_type: ContactChangeType, at: datetime) -> ContactChange:
        """End it, by either side."""
        follows = self.by_person.get(external_userid, {})
        if userid not in follows:
            raise Fault(Errcode.NOT_A_CONTACT)
        del follows[userid]
        return ContactChange(
            corp_id=self._corp_id,
            created_at=at,
            change_type=change_type,
            userid=userid,
            external_userid=external_userid,
        )
