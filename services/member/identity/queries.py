"""Reads and writes of persons and identities; all of them take many at once."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.member.identity.rules import Kind, Move, Person, Register, Shown
from shared.db import Row, Tx, columns

_HOLDERS = """
select lookup, identity.person_id, is_member from identity join person using (person_id)
 where identity.brand_id = $1 and lookup = any($2::uuid[])
"""
_MEMBERS = """
select lookup, person_id from identity join person using (person_id) where lookup = any($1::uuid[]) and is_member
"""
_LOCK_PERSONS = """
select person_id, is_member, joined_at, owner_shop_id, owner_guide_id, folded_into from person
 where brand_id = $1 and person_id in (
       select identity.person_id from identity where lookup = any($2::uuid[])
       union all select unnest($3::uuid[]))
 order by person_id for update
"""
_IDENTITIES = "select lookup, kind, person_id from identity where person_id = any($1::uuid[]) order by bound_at, lookup"
_SAVE_PERSONS = """
insert into person (person_id, brand_id, is_member, joined_at, owner_shop_id, owner_guide_id)
select * from unnest($1::uuid[], $2::uuid[], $3::bool[], $4::timestamptz[], $5::uuid[], $6::uuid[])
on conflict (person_id) do update set is_member = excluded.is_member, joined_at = excluded.joined_at,
       owner_shop_id = excluded.owner_shop_id, owner_guide_id = excluded.owner_guide_id
"""
_INSERT_IDENTITIES = """
insert into identity (lookup, brand_id, person_id, kind, value, proof, bound_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
"""
_MOVE_IDENTITIES = """
update identity set person_id = moved.to_id, bound_at = $3 from unnest($1::uuid[], $2::uuid[]) as moved (lookup, to_id)
 where identity.lookup = moved.lookup
"""
_KEEP_HISTORY = """
insert into identity_history (lookup, from_id, left_at, to_id)
select lookup, from_id, $4, to_id from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as moved (lookup, from_id, to_id)
on conflict do nothing
"""
_FOLD_IDENTITIES = """
update identity set person_id = folded.into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where identity.person_id = folded.from_id
"""
_FOLD_PERSONS = """
update person set folded_into = folded.into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where person.person_id = folded.from_id or person.folded_into = folded.from_id
"""
_STANDING = "select coalesce(folded_into, person_id) from person where brand_id = $1 and person_id = $2"
_VIEWS = """
select person_id as member_id, joined_at, owner_shop_id, owner_guide_id,
       coalesce(points, 0) as points, coalesce(growth, 0) as growth
  from person left join points_balance on member_id = person_id
 where person.brand_id = $1 and person_id = any($2::uuid[]) and is_member
"""
_SHOWN = """
select person_id, kind, value, bound_at from identity
 where person_id = any($1::uuid[]) order by person_id, bound_at, kind, lookup
"""
_BRING_IN = """
with first as (
    select coalesce(person.folded_into, person.person_id) as person_id, told.person_id as told_id, told.shop_id,
           told.guide_id
      from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as told (person_id, shop_id, guide_id)
      join person on person.person_id = told.person_id),
locked as (
    select person_id from person
     where person_id in (select person_id from first) and owner_shop_id is null order by person_id for update)
update person set owner_shop_id = first.shop_id, owner_guide_id = first.guide_id
  from first join locked using (person_id) where person.person_id = first.person_id
returning told_id, person.brand_id, person.person_id, person.owner_shop_id, person.is_member
"""


class Brought(NamedTuple):
    """Who brought somebody in."""

    person_id: UUID
    shop_id: UUID
    guide_id: UUID | None


async def holders(tx: Tx, brand_id: UUID, lookups: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Whose these identities are, as far as they are known."""
    return {row["lookup"]: row for row in await tx.fetch(_HOLDERS, brand_id, lookups)}


async def members(tx: Tx, lookups: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """The members behind these identities; a lookup is made with its brand's key, so it is of no other brand."""
    return {row["lookup"]: row["person_id"] for row in await tx.fetch(_MEMBERS, lookups)}


async def register(tx: Tx, brand_id: UUID, lookups: Sequence[UUID], person_ids: Sequence[UUID]) -> Register:
    """Everybody behind these identities and ids, locked in the order of their ids, with all they are known by.

    Who was moved away while we waited for the lock looks unknown here: the insert that follows collides, and the
    whole work is done again.
    """
    persons = {
        row["person_id"]: Person(
            row["person_id"], row["is_member"], row["joined_at"], row["owner_shop_id"], row["owner_guide_id"]
        )
        for row in await tx.fetch(_LOCK_PERSONS, brand_id, lookups, person_ids)
        if row["folded_into"] is None
    }
    for row in await tx.fetch(_IDENTITIES, list(persons)) if persons else []:
        persons[row["person_id"]].identities[row["lookup"]] = Kind(row["kind"])
    known = Register(brand_id)
    for person in persons.values():
        known.add(person)
    return known


async def save_persons(tx: Tx, brand_id: UUID, persons: Sequence[Person]) -> None:
    """Store new persons and what changed of known ones."""
    rows = [
        (one.person_id, brand_id, one.is_member, one.joined_at, one.owner_shop_id, one.owner_guide_id)
        for one in persons
    ]
    await tx.execute(_SAVE_PERSONS, *columns(rows))


async def insert_identities(tx: Tx, brand_id: UUID, bound: Sequence[tuple[Shown, Person]]) -> None:
    """Store new identities. One that somebody else stored meanwhile raises, and the whole work is done again."""
    rows = [
        (shown.lookup, brand_id, person.person_id, str(shown.kind), shown.value, shown.proof, tx.at)
        for shown, person in sorted(bound, key=lambda one: one[0].lookup)
    ]
    await tx.execute(_INSERT_IDENTITIES, *columns(rows))


async def move_identities(tx: Tx, moves: Sequence[Move]) -> None:
    """Give recycled numbers to their new owners, and keep whose they were."""
    last = {move.lookup: move.to_id for move in moves}
    await tx.execute(_MOVE_IDENTITIES, list(last), list(last.values()), tx.at)
    await tx.execute(_KEEP_HISTORY, *columns(moves), tx.at)


async def fold(tx: Tx, folded: Sequence[tuple[UUID, UUID]]) -> None:
    """What led to the one person now leads to the other, along with who was folded into her before."""
    await tx.execute(_FOLD_IDENTITIES, *columns(folded))
    await tx.execute(_FOLD_PERSONS, *columns(folded))


async def standing(tx: Tx, brand_id: UUID, person_id: UUID) -> UUID | None:
    """Who this id means: herself, or whom she was folded into."""
    standing_id: UUID | None = await tx.value(_STANDING, brand_id, person_id)
    return standing_id


async def views(tx: Tx, brand_id: UUID, member_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Members as they stand, points and growth along."""
    return {row["member_id"]: row for row in await tx.fetch(_VIEWS, brand_id, member_ids)}


async def shown(tx: Tx, member_ids: Sequence[UUID]) -> list[Row]:
    """What these members are known by."""
    return await tx.fetch(_SHOWN, member_ids)


async def bring_in(tx: Tx, brought: Sequence[Brought]) -> list[Row]:
    """Persons whom nobody owned so far are theirs who brought them in; answers those persons."""
    return await tx.fetch(_BRING_IN, *columns(brought))
