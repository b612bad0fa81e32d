"""Leases: which process reads which partitions. They only save double work; the cursor decides what counts.

By the database's clock. Each living reader is listed; each takes its even share, gives up what is over it, and
takes what a dead one left when that one's time is over.
"""

from uuid import UUID

from shared.bus.source import Head
from shared.db.database import Tx

RENEWED_AFTER = 0.3  # of a lease: two renewals in a row may fail

# One round trip: I live, the dead are buried, so many others live (as of before, hence without me).
_BEAT = """
with buried as (delete from reader where source = $1 and owner <> $2 and until < now()),
beat as (
  insert into reader (source, owner, until) values ($1, $2, now() + make_interval(secs => $3))
  on conflict (source, owner) do update set until = excluded.until)
select count(*) as others from reader where source = $1 and owner <> $2 and until >= now()
"""
_KEEP = """
with mine as (select part from lease where source = $1 and owner = $2 and until >= now() order by part for update)
update lease set until = case when kept.rank <= $4 then now() + make_interval(secs => $3) else now() end
  from (select part, row_number() over (order by part) as rank from mine) kept
 where lease.source = $1 and lease.part = kept.part
returning lease.part, kept.rank <= $4 as held
"""
_TAKE = """
with free as (
  select part from lease where source = $1 and until < now() order by part limit $4 for update skip locked)
update lease set owner = $2, until = now() + make_interval(secs => $3)
  from free where lease.source = $1 and lease.part = free.part
returning lease.part
"""
_RELEASE = "update lease set until = now() where source = $1 and owner = $2 and until >= now()"
_LEAVE = "delete from reader where source = $1 and owner = $2"
_BEGIN_CURSORS = """
insert into cursor (source, part, off, incarnation)
select $1, place.part, 0, place.incarnation from unnest($2::smallint[], $3::uuid[]) as place (part, incarnation)
on conflict do nothing
"""
_BEGIN_LEASES = """
insert into lease (source, part, owner, until)
select $1, part, '', now() - interval '1 second' from unnest($2::smallint[]) as part on conflict do nothing
"""


async def begin(tx: Tx, source: str, heads: dict[int, Head]) -> None:
    """Give a new listener its cursors, at the oldest event, and its leases, free."""
    parts = sorted(heads)
    incarnations: list[UUID] = [heads[part].incarnation for part in parts]
    await tx.execute(_BEGIN_CURSORS, source, parts, incarnations)
    await tx.execute(_BEGIN_LEASES, source, parts)


async def renew(tx: Tx, source: str, owner: str, partitions: int, lease_s: float) -> frozenset[int]:
    """Renew my leases, give up those over my share, take what is free within it; answers what I hold."""
    living = 1 + await tx.value(_BEAT, source, owner, lease_s)
    share = -(-partitions // living)
    rows = await tx.fetch(_KEEP, source, owner, lease_s, share)
    held = {row["part"] for row in rows if row["held"]}
    if len(held) < share:
        taken = await tx.fetch(_TAKE, source, owner, lease_s, share - len(held))
        held |= {row["part"] for row in taken}
    return frozenset(held)


async def release(tx: Tx, source: str, owner: str) -> None:
    """Give everything up at a clean stop, so that others need not wait."""
    await tx.execute(_RELEASE, source, owner)
    await tx.execute(_LEAVE, source, owner)
