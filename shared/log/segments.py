"""A log's segments: the log is divided by partition, and each partition by ranges of offsets.

A segment is made ahead of need, so that appending never waits for it, and dropped as one when its newest row is
older than the log is kept. As with a topic's retention nobody asks the readers: one that far behind is held, not
led over the gap.
"""

from datetime import datetime
from typing import Any

SEGMENT_ROWS = 1_000_000

_HEADS = "select part, next from log_head order by part"
_FOUND = "select 1 from log_head"
_EXISTING = """
select child.relname from pg_inherits
  join pg_class child on child.oid = inhrelid join pg_class parent on parent.oid = inhparent
 where parent.relname like 'log\\_p%' and child.relnamespace = current_schema()::regnamespace
"""
_NEWEST = "select at from log where part = $1 and off = $2"


async def create_partitions(connection: Any, partitions: int) -> None:
    """Give an empty log its partitions; one that has them keeps them."""
    if await connection.fetchval(_FOUND) is not None:
        return
    await connection.execute(
        "insert into log_head (part, incarnation) select part, gen_random_uuid() from generate_series(0, $1) part",
        partitions - 1,
    )
    for part in range(partitions):
        await connection.execute(
            f"create table log_p{part} partition of log for values in ({part}) partition by range (off)"
        )


async def ensure_segments(connection: Any) -> int:
    """Make the segment that each partition writes to and the one after it; answers how many were missing."""
    existing = {row["relname"] for row in await connection.fetch(_EXISTING)}
    made = 0
    for head in await connection.fetch(_HEADS):
        current = head["next"] // SEGMENT_ROWS
        for number in (current, current + 1):
            made += await _make_segment(connection, head["part"], number, existing)
    return made


async def drop_old(connection: Any, before: datetime) -> int:
    """Drop the segments of which every row is older than `before`; answers how many. The one written to stays."""
    existing = {row["relname"] for row in await connection.fetch(_EXISTING)}
    dropped = 0
    for head in await connection.fetch(_HEADS):
        part = head["part"]
        for number in range(head["next"] // SEGMENT_ROWS):
            if f"log_p{part}_s{number}" not in existing:
                continue
            newest = await connection.fetchval(_NEWEST, part, (number + 1) * SEGMENT_ROWS - 1)
            if newest >= before:
                break
            await connection.execute(f"drop table log_p{part}_s{number}")
            dropped += 1
    return dropped


async def _make_segment(connection: Any, part: int, number: int, existing: set[str]) -> int:
    name = f"log_p{part}_s{number}"
    if name in existing:
        return 0
    low, high = number * SEGMENT_ROWS, (number + 1) * SEGMENT_ROWS
    await connection.execute(f"create table {name} partition of log_p{part} for values from ({low}) to ({high})")
    return 1
