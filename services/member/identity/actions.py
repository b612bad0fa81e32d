"""Joining, binding, resolving: look up who is known, decide, write it all down, say it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.member.identity import queries, rules
from services.member.identity.queries import Brought
from services.member.identity.rules import Joining, Register, Shown
from shared.auth.caller import Caller, Kind
from shared.db import Tx
from shared.errors import NotFound, Refusal
from shared.events.community import ContactAdded, MembershipJoined
from shared.events.event import Heard
from shared.events.member import OwnerAssigned


class Found(NamedTuple):
    """Whom outside identities lead to."""

    person_id: UUID
    is_member: bool
    is_doubtful: bool


async def join_members(tx: Tx, brand_id: UUID, joinings: Sequence[Joining]) -> Sequence[UUID | Refusal]:
    """Take persons in as members, each once; answers each one's member id, or why not."""
    lookups = {shown.lookup for joining in joinings for shown in joining.shown}
    own_ids = {joining.own_id for joining in joinings if joining.own_id}
    register = await queries.register(tx, brand_id, sorted(lookups), sorted(own_ids))
    answers: list[UUID | Refusal] = []
    for joining in joinings:
        if joining.own_id is not None and joining.own_id not in register.persons:
            answers.append(NotFound(what="person"))
            continue
        try:
            answers.append(rules.join(register, joining).person_id)
        except Refusal as refusal:
            answers.append(refusal)
    await _write(tx, register)
    return answers


async def standing_member(tx: Tx, who: Caller, member_id: UUID) -> UUID:
    """Whom this id means, herself or whom she was folded into; a shopper may ask for herself alone."""
    standing_id = await queries.standing(tx, who.brand_id, member_id)
    if who.kind is Kind.SHOPPER and standing_id != await queries.standing(tx, who.brand_id, who.id):
        standing_id = None
    if standing_id is None:
        raise NotFound(what="member")
    return standing_id


async def bind_identity(tx: Tx, brand_id: UUID, member_id: UUID, shown: Shown) -> None:
    """One more identity is hers."""
    register = await queries.register(tx, brand_id, [shown.lookup], [member_id])
    member = register.persons.get(member_id)
    if member is None or not member.is_member:
        raise NotFound(what="member")
    rules.bind(register, member, shown)
    await _write(tx, register)


async def resolve_identities(tx: Tx, brand_id: UUID, entries: Sequence[Sequence[Shown]]) -> Sequence[Found]:
    """Whom each entry's identities lead to; whoever is new begins here."""
    lookups = sorted({shown.lookup for entry in entries for shown in entry})
    known = await queries.holders(tx, brand_id, lookups)
    found = []
    for entry in entries:
        rows = [known[shown.lookup] for shown in entry if shown.lookup in known]
        if len(rows) < len(entry) or len({row["person_id"] for row in rows}) > 1:
            break
        found.append(Found(rows[0]["person_id"], rows[0]["is_member"], False))
    else:
        return found  # the usual case: all of them known, nothing to lock
    register = await queries.register(tx, brand_id, lookups, [])
    resolved = [rules.resolve(register, entry) for entry in entries]
    await _write(tx, register)
    standing = [register.persons[_last(register, one.person.person_id)] for one in resolved]
    return [
        Found(person.person_id, person.is_member, one.is_doubtful)
        for person, one in zip(standing, resolved, strict=True)
    ]


def _last(register: Register, person_id: UUID) -> UUID:
    """Who this person is after all decisions: a later one may have folded her."""
    while person_id in register.folded:
        person_id = register.folded[person_id]
    return person_id


async def _write(tx: Tx, register: Register) -> None:
    """Store what the decisions changed, and say it."""
    brand_id = register.brand_id
    if register.changed:
        changed = sorted(register.changed.values(), key=lambda person: person.person_id)
        await queries.save_persons(tx, brand_id, changed)
    if register.bound:
        await queries.insert_identities(tx, brand_id, register.bound)
    if register.recycled:
        await queries.move_identities(tx, register.recycled)
    if register.folded:
        await queries.fold(tx, [(from_id, _last(register, from_id)) for from_id in register.folded])
    for fact in register.events:
        tx.emit(fact)


async def bring_in(tx: Tx, heard: Sequence[Heard[ContactAdded | MembershipJoined]]) -> None:
    """The first shop and guide that a person met own her; later meetings change nothing."""
    first: dict[UUID, Heard[ContactAdded | MembershipJoined]] = {}
    for item in heard:
        if item.fact.shop_id is not None:
            first.setdefault(item.fact.person_id, item)
    if not first:
        return
    for row in await queries.bring_in(tx, [_brought(item.fact) for item in first.values()]):
        if row["is_member"]:
            owner = OwnerAssigned(brand_id=row["brand_id"], member_id=row["person_id"], shop_id=row["owner_shop_id"])
            tx.emit(owner, because=first[row["told_id"]])


def _brought(fact: ContactAdded | MembershipJoined) -> Brought:
    assert fact.shop_id is not None
    return Brought(fact.person_id, fact.shop_id, fact.guide_id if isinstance(fact, ContactAdded) else None)
