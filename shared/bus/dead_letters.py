"""Dead letters: events that could not be read or that met a bug. Later events of the same key wait behind them.

A dead letter is retried with growing pauses, from the database; a person can list, look at, retry or drop it.
"""

from collections.abc import Sequence
from uuid import UUID

from shared.db.database import Row, Tx
from shared.events.event import Record

_KEYS = "select distinct key from dead_letter where source = $1 and key = any($2::text[])"
_ANY = "select exists (select from dead_letter where source = $1)"
_BURY = """
insert into dead_letter (source, part, off, event_id, key, type, at, cause, trace, body, error, attempts, next_try_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, now() + interval '1 second')
"""
_DUE = """
select part, off, event_id, key, type, at, cause, trace, body from dead_letter letter
 where source = $1 and next_try_at <= now()
   and not exists (select from dead_letter earlier
                    where earlier.source = $1 and earlier.key = letter.key and earlier.off < letter.off)
 order by next_try_at limit 1 for update skip locked
"""
_POSTPONE = """
update dead_letter set attempts = attempts + 1, error = $4,
       next_try_at = now() + least(interval '1 hour', interval '1 second' * power(2, attempts))
 where source = $1 and part = $2 and off = $3
"""
_DELETE = "delete from dead_letter where source = $1 and part = $2 and off = $3"
_LIST = """
select source, part, off, event_id, key, type, at, cause, error, attempts, next_try_at from dead_letter
 where ($1::text is null or source = $1) and (source, part, off) > ($2, $3::bigint, $4)
 order by source, part, off limit $5
"""
_LOOK = """
select source, part, off, event_id, key, type, at, cause, trace, body, error, attempts, next_try_at
  from dead_letter where event_id = $1
"""
_HURRY = "update dead_letter set next_try_at = now() where event_id = $1"
_DROP = "delete from dead_letter where event_id = $1"

WAITS_BEHIND = "waits behind an earlier dead letter of its key"


async def any_of(tx: Tx, source: str) -> bool:
    """Whether anything from this source is dead."""
    return bool(await tx.value(_ANY, source))


async def parked_keys(tx: Tx, source: str, keys: Sequence[str]) -> set[str]:
    """Which of these keys have a dead letter, so that what follows it must wait."""
    return {row["key"] for row in await tx.fetch(_KEYS, source, keys)}


async def bury(tx: Tx, source: str, record: Record, error: str) -> None:
    """Put an event aside."""
    part, off, event_id, key, kind, at, cause, trace, body = record
    reason = error[:4000].replace("\x00", "")
    await tx.execute(_BURY, source, part, off, event_id, key, kind, at, cause, trace, body, reason)


async def due(tx: Tx, source: str) -> Record | None:
    """The next dead letter to try again, locked; only the first of its key."""
    row = await tx.first(_DUE, source)
    return None if row is None else Record._make(row)


async def postpone(tx: Tx, source: str, record: Record, error: str) -> None:
    """It failed again: wait twice as long."""
    await tx.execute(_POSTPONE, source, record.part, record.off, error[:4000].replace("\x00", ""))


async def raise_again(tx: Tx, source: str, record: Record) -> None:
    """It was taken at last."""
    await tx.execute(_DELETE, source, record.part, record.off)


async def listed(tx: Tx, source: str | None, after: tuple[str, int, int], most: int) -> list[Row]:
    """A page of dead letters."""
    return await tx.fetch(_LIST, source, *after, most)


async def look(tx: Tx, event_id: UUID) -> Row | None:
    """One dead letter with its body."""
    return await tx.first(_LOOK, event_id)


async def hurry(tx: Tx, event_id: UUID) -> bool:
    """Have it tried again at the next look, seconds from now; False if there is none."""
    return await tx.execute(_HURRY, event_id) > 0


async def drop(tx: Tx, event_id: UUID) -> bool:
    """Give it up: what waited behind it goes on; False if there is none."""
    return await tx.execute(_DROP, event_id) > 0
