"""Who is who: what may be bound to whom, who folds into whom, and whose a recycled number becomes.

Decisions are made on a `Register`: what is known around a batch of identities, taken forward decision by decision,
so that a thousand rows that name each other come out as if they had come one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from shared.errors import Refusal
from shared.events.event import Event
from shared.events.member import IdentityBound, MemberJoined, OwnerAssigned, PersonFolded
from shared.ids import new_id
from shared.words import Words


class Kind(StrEnum):
    """By what somebody may be known."""

    MOBILE = "mobile"
    CARD = "card"
    CODE = "code"  # 会员码: a static random id, minted at joining
    UNIONID = "unionid"
    OPENID = "openid"
    EXTERNAL_USERID = "external_userid"


class IdentityTaken(Refusal):
    """The identity is another member's, and nothing shown here moves it."""

    code = "member.identity_taken"
    words = Words(
        "该{kind}已属于其他会员。请核对；若手机号已换人使用，请在门店验证后绑定。",
        "This {kind} is another member's. Check it; if the number has a new owner, verify it at a shop and bind it.",
    )


class NothingShown(Refusal):
    """Nobody can join at a till without anything to be known by."""

    code = "member.nothing_shown"
    status = 422
    words = Words("请提供会员的手机号或会员卡。", "Give the person's mobile number or card.")


class Shown(NamedTuple):
    """An identity as it was shown. `is_proven`: seen or verified by somebody we trust, not only claimed."""

    kind: Kind
    lookup: UUID
    value: str
    proof: str
    is_proven: bool


@dataclass
class Person:
    """Somebody, a member or not yet."""

    person_id: UUID
    is_member: bool = False
    joined_at: datetime | None = None
    owner_shop_id: UUID | None = None
    owner_guide_id: UUID | None = None
    identities: dict[UUID, Kind] = field(default_factory=dict)


class Joining(NamedTuple):
    """Somebody is about to join: what she shows, who she is if she came by herself, and who brought her in."""

    shown: Sequence[Shown]
    member_code: Shown
    joined_at: datetime
    own_id: UUID | None = None
    shop_id: UUID | None = None
    guide_id: UUID | None = None


class Move(NamedTuple):
    """An identity that goes from one person to another."""

    lookup: UUID
    from_id: UUID
    to_id: UUID


class Resolved(NamedTuple):
    """Whom some outside identities lead to; `is_doubtful` where they lead to two members."""

    person: Person
    is_doubtful: bool


@dataclass
class Register:
    """What is known around some identities, and what the decisions so far change about it."""

    brand_id: UUID
    persons: dict[UUID, Person] = field(default_factory=dict)
    holders: dict[UUID, Person] = field(default_factory=dict)  # by lookup
    changed: dict[UUID, Person] = field(default_factory=dict)
    bound: list[tuple[Shown, Person]] = field(default_factory=list)
    recycled: list[Move] = field(default_factory=list)
    folded: dict[UUID, UUID] = field(default_factory=dict)  # from, into
    events: list[Event] = field(default_factory=list)

    def add(self, person: Person) -> None:
        """Take in a person with all her identities."""
        self.persons[person.person_id] = person
        self.holders |= dict.fromkeys(person.identities, person)

    def begin(self) -> Person:
        """Somebody new."""
        person = Person(new_id())
        self.persons[person.person_id] = self.changed[person.person_id] = person
        return person

    def bind(self, shown: Shown, person: Person) -> None:
        """An identity not known so far is this person's."""
        self.bound.append((shown, person))
        self._give(shown.lookup, shown.kind, person)

    def recycle(self, shown: Shown, person: Person) -> None:
        """A number got a new owner: it leaves the member who had it (二次放号)."""
        before = self.holders[shown.lookup]
        self.recycled.append(Move(shown.lookup, before.person_id, person.person_id))
        del before.identities[shown.lookup]
        self._give(shown.lookup, shown.kind, person)

    def fold(self, person: Person, into: Person) -> None:
        """Two persons turned out to be one: what led to the one now leads to the other."""
        for lookup, kind in person.identities.items():
            self._give(lookup, kind, into)
        person.identities.clear()
        if into.owner_shop_id is None and person.owner_shop_id is not None:
            into.owner_shop_id, into.owner_guide_id = person.owner_shop_id, person.owner_guide_id
            self.say_owner(into)
        del self.persons[person.person_id]
        self.changed[into.person_id] = into
        self.folded[person.person_id] = into.person_id
        self.events.append(PersonFolded(brand_id=self.brand_id, from_id=person.person_id, into_id=into.person_id))

    def say_bound(self, lookup: UUID, kind: Kind, person: Person) -> None:
        """Tell the others whose this identity is."""
        self.events.append(
            IdentityBound(
                brand_id=self.brand_id,
                person_id=person.person_id,
                kind=kind,
                lookup=lookup,
                is_member=person.is_member,
            )
        )

    def say_owner(self, person: Person) -> None:
        """Tell the others whose member she is; who is none yet is nobody's to count."""
        if person.is_member and person.owner_shop_id is not None:
            self.events.append(
                OwnerAssigned(brand_id=self.brand_id, member_id=person.person_id, shop_id=person.owner_shop_id)
            )

    def _give(self, lookup: UUID, kind: Kind, person: Person) -> None:
        self.holders[lookup] = person
        person.identities[lookup] = kind
        self.say_bound(lookup, kind, person)


def join(register: Register, joining: Joining) -> Person:
    """Make somebody a member, or find that she is one; raises a refusal, having changed nothing."""
    met = _met(register, joining)
    person = _joiner(joining, met)
    for shown in joining.shown:
        _check_claim(register, shown, person)
    if person is None:
        person = register.begin()
    if not person.is_member:
        _welcome(register, joining, person, met)
    for other in met:
        if other is not person and not other.is_member:
            register.fold(other, person)
    for shown in joining.shown:
        _claim(register, shown, person)
    return person


def bind(register: Register, member: Person, shown: Shown) -> None:
    """One more identity is this member's; raises `IdentityTaken`, having changed nothing."""
    _check_claim(register, shown, member)
    _claim(register, shown, member)


def resolve(register: Register, shown: Sequence[Shown]) -> Resolved:
    """Whom outside identities given together lead to; who was two so far becomes one, unless both are members."""
    ranked = sorted(shown, key=lambda one: one.kind is not Kind.UNIONID)
    met = _holders(register, ranked)
    members = [person for person in met if person.is_member]
    if len(members) > 1:
        return Resolved(members[0], is_doubtful=True)
    person = members[0] if members else _oldest(met) or register.begin()
    for other in met:
        if other is not person:
            register.fold(other, person)
    for one in shown:
        if one.lookup not in register.holders:
            register.bind(one, person)
    return Resolved(person, is_doubtful=False)


def masked(kind: str, value: str) -> str:
    """What may be shown of an identity: 138****1234."""
    ends = 3 if kind == Kind.MOBILE else 2
    if len(value) < ends + 5:
        return "****"
    return f"{value[:ends]}****{value[-4:]}"


def _met(register: Register, joining: Joining) -> list[Person]:
    """Whom what was shown leads to, herself first; a mobile number says least, so it comes last."""
    own = [register.persons[joining.own_id]] if joining.own_id in register.persons else []
    ranked = sorted(joining.shown, key=lambda shown: shown.kind is Kind.MOBILE)
    return own + [person for person in _holders(register, ranked) if person.person_id != joining.own_id]


def _holders(register: Register, shown: Sequence[Shown]) -> list[Person]:
    """Whose these identities are, each person once."""
    found = [register.holders[one.lookup] for one in shown if one.lookup in register.holders]
    return list({person.person_id: person for person in found}.values())


def _joiner(joining: Joining, met: Sequence[Person]) -> Person | None:
    """Who of those met joins; none for somebody new. A shopper who came by herself joins as herself."""
    if joining.own_id is not None:
        return next(person for person in met if person.person_id == joining.own_id)
    if not joining.shown:
        raise NothingShown
    return next((person for person in met if person.is_member), _oldest(met))


def _oldest(persons: Sequence[Person]) -> Person | None:
    return min(persons, key=lambda person: person.person_id, default=None)


def _check_claim(register: Register, shown: Shown, person: Person | None) -> None:
    """Only what is proven moves from one person to another, and from member to member only a mobile number."""
    holder = register.holders.get(shown.lookup)
    if holder is None or holder is person:
        return
    if not shown.is_proven or (holder.is_member and shown.kind is not Kind.MOBILE):
        raise IdentityTaken(kind=str(shown.kind))


def _claim(register: Register, shown: Shown, person: Person) -> None:
    holder = register.holders.get(shown.lookup)
    if holder is None:
        register.bind(shown, person)
    elif holder is person:
        return
    elif holder.is_member:
        register.recycle(shown, person)
    else:
        register.fold(holder, person)


def _welcome(register: Register, joining: Joining, person: Person, met: Sequence[Person]) -> None:
    """She is a member now; whoever brought her in first keeps her."""
    person.is_member = True
    person.joined_at = joining.joined_at
    first = next((one for one in (person, *met) if one.owner_shop_id), None)
    person.owner_shop_id = first.owner_shop_id if first else joining.shop_id
    person.owner_guide_id = first.owner_guide_id if first else joining.guide_id
    register.changed[person.person_id] = person
    register.events.append(
        MemberJoined(
            brand_id=register.brand_id,
            member_id=person.person_id,
            joined_at=joining.joined_at,
        )
    )
    register.say_owner(person)
    for lookup, kind in person.identities.items():
        register.say_bound(lookup, kind, person)
    register.bind(joining.member_code, person)
