"""The last act of a transaction: append what it said.

The heads are locked in ascending order and held only until the commit, so offsets are given in the order in
which transactions commit, without a gap, and no reader can pass by a row that is not there yet.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from shared.db.database import Tx, columns
from shared.events.event import Saying, encode, key_of
from shared.log.partition import partitions_of

# One statement, for a batch is mostly small, and a round trip costs more than the rows.
_APPEND = """
with said as (
  select * from unnest($2::smallint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                       $9::bytea[])
    as said (part, place, event_id, key, type, cause, trace, body)
), locked as (
  select part from log_head where part = any($2::smallint[]) order by part for update
), taken as (
  update log_head head set next = head.next + said.rows
    from (select part, count(*) as rows from said group by part) as said join locked using (part)
   where head.part = said.part
  returning head.part, head.next - said.rows as first
), appended as (
  insert into log (part, off, event_id, key, type, at, cause, trace, body)
  select part, first + place, event_id, key, type, $1, cause, trace, body from said join taken using (part)
)
select count(*) as partitions, count(*) filter (where part = any($2::smallint[])) as taken from log_head
"""


def append(partitions: int) -> Callable[[Tx, Sequence[Saying]], Awaitable[None]]:
    """How a log of so many partitions is appended to."""

    async def append_sayings(tx: Tx, sayings: Sequence[Saying]) -> None:
        keys = [key_of(said.event) for said in sayings]
        parts = partitions_of(keys, partitions)
        counts: Counter[int] = Counter()
        rows = []
        for said, key, part in zip(sayings, keys, parts, strict=True):
            event = said.event
            rows.append((part, counts[part], said.event_id, key, event.TYPE, said.cause, said.trace, encode(event)))
            counts[part] += 1
        heads = await tx.first(_APPEND, tx.at, *columns(rows))
        assert heads is not None, "a count has one row"
        assert heads["taken"] == len(counts), "the log has fewer partitions than the settings say"
        assert heads["partitions"] == partitions, "the log has more partitions than the settings say"

    return append_sayings
