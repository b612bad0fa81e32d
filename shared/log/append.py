"""The last act of a transaction: append what it said.

The heads are locked in ascending order and held only until the commit, so offsets are given in the order in
which transactions commit, without a gap, and no reader can pass by a row that is not there yet.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from shared.db.database import Tx
from shared.events.event import Saying, encode, key_of
from shared.log.partition import partition_of

COLUMNS = ("part", "off", "event_id", "key", "type", "at", "cause", "trace", "body")

_TAKE_OFFSETS = """
with locked as (select part from log_head where part = any($1::smallint[]) order by part for update)
update log_head head set next = head.next + wanted.rows
  from unnest($1::smallint[], $2::bigint[]) as wanted (part, rows) join locked using (part)
 where head.part = wanted.part
returning head.part, head.next - wanted.rows as first, (select count(*) from log_head) as partitions
"""


def append(partitions: int) -> Callable[[Tx, Sequence[Saying]], Awaitable[None]]:
    """How a log of so many partitions is appended to."""

    async def append_sayings(tx: Tx, sayings: Sequence[Saying]) -> None:
        keys = [key_of(saying.event) for saying in sayings]
        parts = [partition_of(key, partitions) for key in keys]
        counts = Counter(parts)
        heads = await tx.fetch(_TAKE_OFFSETS, list(counts), list(counts.values()))
        next_off = {head["part"]: head["first"] for head in heads}
        assert len(next_off) == len(counts), "the log has fewer partitions than the settings say"
        assert heads[0]["partitions"] == partitions, "the log has more partitions than the settings say"
        rows = []
        for saying, key, part in zip(sayings, keys, parts, strict=True):
            off = next_off[part]
            next_off[part] = off + 1
            event_id, event, at, cause, trace = saying
            rows.append((part, off, event_id, key, event.TYPE, at, cause, trace, encode(event)))
        await tx.copy("log", COLUMNS, rows)

    return append_sayings
