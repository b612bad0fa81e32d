"""Who a person is by now, and the lock under which that is asked and changed."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from services.campaign.registry.rules import Fold, settle
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
_FOLD_ON = """
update folded_person set into_id = folded.into_id
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where folded_person.into_id = folded.from_id
"""
_KEEP_FOLDS = """
insert into folded_person (from_id, into_id) select * from unnest($1::uuid[], $2::uuid[])
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


async def fold(tx: Tx, folds: Sequence[Fold]) -> list[Fold]:
    """The ones are the others from now on; answers into whom each goes, for she may have gone on into a third."""
    into_ids = list({fold.into_id for fold in folds})
    gone_on = {row["from_id"]: row["into_id"] for row in await tx.fetch(_FOLDED, into_ids)}
    steps, standing = settle(folds, gone_on)
    pairs = list(standing), list(standing.values())
    await tx.execute(_FOLD_ON, *pairs)
    await tx.execute(_KEEP_FOLDS, *pairs)
    return steps
