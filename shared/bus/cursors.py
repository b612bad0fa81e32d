"""A reader's place in a log, moved in the very transaction that does the work: what makes an effect happen once."""

from collections.abc import Mapping, Sequence

from shared.bus.source import Head, Position
from shared.db.database import Tx
from shared.db.faults import SlotTaken

_BEGIN = """
insert into cursor (source, part, off, incarnation)
select $1, place.part, 0, place.incarnation from unnest($2::smallint[], $3::uuid[]) as place (part, incarnation)
on conflict do nothing
"""
_READ = "select part, off, mirror_off, incarnation from cursor where source = $1 and part = any($2::smallint[])"

_MOVE = """
with place as (
  select * from unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[])
    as place (part, old_off, new_off, new_mirror_off, incarnation)),
locked as (
  select part, off from cursor where source = $1 and part = any($2::smallint[]) order by part for update),
moved as (
  update cursor set off = place.new_off, mirror_off = place.new_mirror_off, incarnation = place.incarnation
    from place join locked using (part)
   where cursor.source = $1 and cursor.part = place.part and locked.off = place.old_off
  returning cursor.part)
select count(*) as moved, exists (select from dead_letter where source = $1) as has_dead from moved
"""


async def begin(tx: Tx, source: str, heads: Mapping[int, Head]) -> None:
    """Let a new listener stand at the oldest event."""
    parts = sorted(heads)
    await tx.execute(_BEGIN, source, parts, [heads[part].incarnation for part in parts])


async def read(tx: Tx, source: str, parts: Sequence[int]) -> dict[int, Position]:
    """Where this service stands in these partitions."""
    rows = await tx.fetch(_READ, source, parts)
    return {row["part"]: Position(row["off"], row["mirror_off"], row["incarnation"]) for row in rows}


async def move(tx: Tx, source: str, before: Mapping[int, Position], after: Mapping[int, Position]) -> bool:
    """Compare and set; answers whether anything from this source is dead, so that healthy batches ask no more.

    Raises `SlotTaken` where another reader was here first, whatever the leases say.
    """
    parts = sorted(after)
    found = await tx.first(
        _MOVE,
        source,
        parts,
        [before[part].off for part in parts],
        [after[part].off for part in parts],
        [after[part].mirror_off for part in parts],
        [after[part].incarnation for part in parts],
    )
    assert found is not None, "an aggregate has one row"
    if found["moved"] != len(parts):
        raise SlotTaken(source)
    return bool(found["has_dead"])
