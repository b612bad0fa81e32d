"""Every statement about invitations and acceptances."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from uuid import UUID

from services.referral.invitation.rules import Acceptance, Invitation, InviterKind, Outcome
from shared.db import Row, Tx, columns

_INVITATION = "invitation_code, brand_id, inviter_kind, inviter_id"
_ACCEPTANCE = """acceptance_id, brand_id, invitee_id, invitation_code, inviter_kind, inviter_id, accepted_at, until_at,
       closed_as"""

_MAKE = f"""
insert into invitation ({_INVITATION}, is_active, made_at) values ($1, $2, $3, $4, true, $5)
on conflict (brand_id, inviter_kind, inviter_id) where is_active
   do update set is_active = true
returning {_INVITATION}
"""
_BY_CODE = f"select {_INVITATION} from invitation where invitation_code = any($1::text[])"
_ACCEPT = f"""
insert into acceptance ({_ACCEPTANCE})
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
                     $8::timestamptz[], $9::text[])
"""
_OPEN = f"""
select {_ACCEPTANCE} from acceptance where invitee_id = any($1::uuid[]) and closed_as is null
 order by acceptance_id for update
"""
_COUNTING = f"""
select {_ACCEPTANCE} from acceptance
 where invitee_id = any($1::uuid[]) and (closed_as is null or closed_as = 'attributed') order by acceptance_id
"""
_ABOVE = """
with recursive edge as (
    select invitee_id, inviter_id from acceptance
     where invitee_id = any($1::uuid[]) and (closed_as = 'attributed' or (closed_as is null and until_at > $2))
    union
    select acceptance.invitee_id, acceptance.inviter_id
      from edge join acceptance on acceptance.invitee_id = edge.inviter_id
     where closed_as = 'attributed' or (closed_as is null and until_at > $2))
select invitee_id, inviter_id from edge
"""
_CLOSE = """
update acceptance set closed_as = closed.outcome from unnest($1::uuid[], $2::text[]) as closed (acceptance_id, outcome)
 where acceptance.acceptance_id = closed.acceptance_id
"""
_WAITING = (
    "select count(*) from acceptance where brand_id = $1 and inviter_id = $2 and closed_as is null and until_at > $3"
)
_TOUCHING = f"""
select {_ACCEPTANCE} from acceptance
 where (invitee_id = any($1::uuid[]) or inviter_id = any($1::uuid[]))
   and (closed_as is null or closed_as = 'attributed')
"""
_KEEP_FIRST = """
update acceptance set closed_as = 'second'
  from (select acceptance_id, row_number() over (
               partition by coalesce(into_id, invitee_id)
                   order by closed_as is null, into_id is not null, accepted_at, acceptance_id) as place
          from acceptance left join unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) on invitee_id = from_id
         where (invitee_id = any($1::uuid[]) or invitee_id = any($2::uuid[]))
           and (closed_as is null or closed_as = 'attributed')) as ranked
 where acceptance.acceptance_id = ranked.acceptance_id and place > 1
"""
_FOLD_INVITEES = """
update acceptance set invitee_id = into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where invitee_id = from_id and (closed_as is null or closed_as = 'attributed')
"""
_FOLD_INVITERS = """
update acceptance set inviter_id = into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where inviter_id = from_id and (closed_as is null or closed_as = 'attributed')
"""
_FOLD_INVITATIONS = """
update invitation set inviter_id = into_id, is_active = false
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where inviter_id = from_id
"""


async def make(tx: Tx, invitation: Invitation) -> Invitation:
    """Write an invitation; answers the inviter's active one where there is one."""
    row = await tx.first(_MAKE, *astuple(invitation), tx.at)
    assert row is not None
    return _invitation(row)


async def by_codes(tx: Tx, invitation_codes: Iterable[str]) -> Mapping[str, Invitation]:
    """The invitations behind these codes."""
    rows = await tx.fetch(_BY_CODE, sorted(set(invitation_codes)))
    return {row["invitation_code"]: _invitation(row) for row in rows}


async def accept(tx: Tx, acceptances: Sequence[Acceptance]) -> None:
    """Write new acceptances."""
    if acceptances:
        await tx.execute(_ACCEPT, *columns(map(astuple, acceptances)))


async def lock_open(tx: Tx, invitee_ids: Sequence[UUID]) -> Mapping[UUID, Acceptance]:
    """The undecided acceptance of each of these people, locked."""
    return {row["invitee_id"]: _acceptance(row) for row in await tx.fetch(_OPEN, invitee_ids)}


async def counting(tx: Tx, invitee_ids: Sequence[UUID]) -> dict[UUID, Acceptance]:
    """The acceptance that counts of each of these people, open or attributed."""
    return {row["invitee_id"]: _acceptance(row) for row in await tx.fetch(_COUNTING, invitee_ids)}


async def above(tx: Tx, person_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Who invited these people, who invited those, and so on: invitee → inviter."""
    rows = await tx.fetch(_ABOVE, sorted(set(person_ids)), tx.at)
    return {row["invitee_id"]: row["inviter_id"] for row in rows}


async def close(tx: Tx, outcomes: Mapping[UUID, Outcome]) -> None:
    """Write what became of acceptances."""
    if outcomes:
        await tx.execute(_CLOSE, list(outcomes), list(outcomes.values()))


async def waiting(tx: Tx, brand_id: UUID, inviter_id: UUID, at: datetime) -> int:
    """How many friends accepted and have not joined yet."""
    count: int = await tx.value(_WAITING, brand_id, inviter_id, at)
    return count


async def touching(tx: Tx, person_ids: Sequence[UUID]) -> list[Acceptance]:
    """The acceptances that count in which these people are invitee or inviter."""
    return [_acceptance(row) for row in await tx.fetch(_TOUCHING, person_ids)]


async def fold(tx: Tx, folded: Mapping[UUID, UUID]) -> None:
    """Codes and acceptances follow their person; of two acceptances the attributed, else the first one, stays."""
    pairs = (list(folded), list(folded.values()))
    await tx.execute(_KEEP_FIRST, *pairs)
    await tx.execute(_FOLD_INVITEES, *pairs)
    await tx.execute(_FOLD_INVITERS, *pairs)
    await tx.execute(_FOLD_INVITATIONS, *pairs)


def _invitation(row: Row) -> Invitation:
    return Invitation(**dict(row) | {"inviter_kind": InviterKind(row["inviter_kind"])})


def _acceptance(row: Row) -> Acceptance:
    closed_as = Outcome(row["closed_as"]) if row["closed_as"] else None
    return Acceptance(**dict(row) | {"inviter_kind": InviterKind(row["inviter_kind"]), "closed_as": closed_as})
