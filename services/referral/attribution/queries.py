"""Every statement about attributions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from uuid import UUID

from services.referral.attribution.rules import Attribution
from services.referral.invitation.rules import InviterKind, Outcome
from shared.db import Row, Tx, columns

_FIELDS = """invitee_id, brand_id, inviter_kind, inviter_id, inviter_of_inviter_id, invitation_code, accepted_at,
       attributed_at, cause"""

_INSERT = f"""
insert into attribution ({_FIELDS})
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[],
                     $8::timestamptz[], $9::text[])
on conflict (invitee_id) do nothing returning invitee_id
"""
_STANDING = f"""
select {_FIELDS} from attribution where invitee_id = any($1::uuid[]) and voided_at is null
 order by invitee_id for share
"""
_VOID = """
update attribution set voided_at = $3, voided_as = void.outcome
  from unnest($1::uuid[], $2::text[]) as void (invitee_id, outcome)
 where attribution.invitee_id = void.invitee_id and voided_at is null
returning attribution.invitee_id
"""
_SECOND = """
with ranked as (
    select invitee_id, row_number() over (
               partition by coalesce(into_id, invitee_id)
                   order by into_id is not null, accepted_at, invitee_id) as place
      from attribution left join unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) on invitee_id = from_id
     where invitee_id = any($1::uuid[]) or invitee_id = any($2::uuid[]))
select invitee_id from ranked where place > 1
"""
_FOLD_INVITEES = """
update attribution set invitee_id = into_id, voided_at = case when inviter_id = into_id then $3 else voided_at end,
       voided_as = case when inviter_id = into_id then 'own' else voided_as end,
       inviter_of_inviter_id = nullif(inviter_of_inviter_id, into_id)
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where invitee_id = from_id and voided_at is null
"""
_FOLD_INVITERS = """
update attribution set inviter_id = into_id, voided_at = case when invitee_id = into_id then $3 else voided_at end,
       voided_as = case when invitee_id = into_id then 'own' else voided_as end,
       inviter_of_inviter_id = nullif(inviter_of_inviter_id, into_id)
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where inviter_id = from_id and voided_at is null
"""
_FOLD_SECONDS = """
update attribution set inviter_of_inviter_id = case when into_id in (inviter_id, invitee_id) then null else into_id end
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where inviter_of_inviter_id = from_id
"""
_COUNT = "select count(*) from attribution where brand_id = $1 and inviter_id = $2 and voided_at is null"


async def insert(tx: Tx, attributions: Sequence[Attribution]) -> set[UUID]:
    """Write new attributions; answers the invitees who had none before."""
    if not attributions:
        return set()
    rows = await tx.fetch(_INSERT, *columns(map(astuple, attributions)))
    return {row["invitee_id"] for row in rows}


async def standing(tx: Tx, invitee_ids: Iterable[UUID]) -> dict[UUID, Attribution]:
    """The attributions of these people that are not void; none becomes void until we are done."""
    rows = await tx.fetch(_STANDING, sorted(set(invitee_ids)))
    return {row["invitee_id"]: _attribution(row) for row in rows}


async def void(tx: Tx, outcomes: Mapping[UUID, Outcome]) -> None:
    """These attributions do not count, and why."""
    await tx.execute(_VOID, list(outcomes), list(outcomes.values()), tx.at)


async def second(tx: Tx, folded: Mapping[UUID, UUID]) -> list[UUID]:
    """Of several attributions of one person, those that give way: the member's own stays, else the first."""
    rows = await tx.fetch(_SECOND, list(folded), list(folded.values()))
    return [row["invitee_id"] for row in rows]


async def fold(tx: Tx, folded: Mapping[UUID, UUID]) -> None:
    """Attributions follow their people; one that leads to herself is void."""
    pairs = (list(folded), list(folded.values()))
    await tx.execute(_FOLD_INVITEES, *pairs, tx.at)
    await tx.execute(_FOLD_INVITERS, *pairs, tx.at)
    await tx.execute(_FOLD_SECONDS, *pairs)


async def count(tx: Tx, brand_id: UUID, inviter_id: UUID) -> int:
    """How many friends an inviter brought."""
    number: int = await tx.value(_COUNT, brand_id, inviter_id)
    return number


def _attribution(row: Row) -> Attribution:
    return Attribution(**dict(row) | {"inviter_kind": InviterKind(row["inviter_kind"])})
