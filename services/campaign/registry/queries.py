"""Who a person is by now, and the lock under which that is asked and changed."""

from collections.abc import Collection, Mapping
from uuid import UUID

from shared.db import Tx

# Who gives somebody something and who folds her keep each other out: else what is given at the moment at which she
# becomes another would stay with nobody. Those who give do not hinder each other.
_LOCK_PEOPLE = """
select pg_advisory_xact_lock_shared(hashtextextended('campaign people ' || brand_id, 0))
  from unnest($1::uuid[]) as brand_id
"""
_LOCK_FOLDS = """
select pg_advisory_xact_lock(hashtextextended('campaign people ' || brand_id, 0)) from unnest($1::uuid[]) as brand_id
"""
_FOLDED = "select from_id, into_id from folded_person where from_id = any($1::uuid[])"
_FOLD_ON = "update folded_person set into_id = $2 where into_id = $1"
_KEEP_FOLD = """
insert into folded_person (from_id, into_id) values ($1, $2)
on conflict (from_id) do update set into_id = excluded.into_id
"""


async def standing(tx: Tx, people: Collection[tuple[UUID, UUID]]) -> Mapping[UUID, UUID]:
    """Who each of these, brand and person, is by now, and stays until we commit."""
    if not people:
        return {}
    await tx.fetch(_LOCK_PEOPLE, sorted({brand_id for brand_id, _ in people}))
    person_ids = {person_id for _, person_id in people}
    folded = {row["from_id"]: row["into_id"] for row in await tx.fetch(_FOLDED, list(person_ids))}
    return {person_id: folded.get(person_id, person_id) for person_id in person_ids}


async def lock_folds(tx: Tx, brand_ids: Collection[UUID]) -> None:
    """Keep out everybody who gives people of these brands something, until we commit."""
    await tx.fetch(_LOCK_FOLDS, sorted(brand_ids))


async def fold(tx: Tx, from_id: UUID, into_id: UUID) -> UUID:
    """The one is the other from now on; answers who that is, for she may have gone on into a third."""
    further = {row["from_id"]: row["into_id"] for row in await tx.fetch(_FOLDED, [into_id])}
    last: UUID = further.get(into_id, into_id)
    await tx.execute(_FOLD_ON, from_id, last)
    await tx.execute(_KEEP_FOLD, from_id, last)
    return last
