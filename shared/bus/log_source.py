"""The embedded bus: a service's log read straight from its PostgreSQL, by a role that may read nothing else.

One watcher a process and source asks for the heads, faster while there is news and rarely while there is none: then
a ring within the process or a knock from another wakes it. Every reader in the process waits on what it found.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from shared.bus.bell import Bell
from shared.bus.knocks import AGAIN_AFTER_S, channel_of
from shared.bus.source import Fetched, Head, Position, SourceBehind, check_life, share_of_one
from shared.bus.tail import Tail
from shared.clock import steady_s
from shared.db.database import ANSWER_LIMIT_S
from shared.db.pool import Pool
from shared.events.event import Record

_HEADS = "select part, next, incarnation from log_head order by part"

_FETCH = """
select log.* from unnest($1::smallint[], $2::bigint[]) as place (part, off)
 cross join lateral (
   select part, off, event_id, key, type, at, cause, trace, body from log
    where log.part = place.part and log.off >= place.off order by log.off limit $3) as log
"""

_SHORTEST_POLL_S = 0.02  # a reader pauses longer than this after most batches
_LONGEST_POLL_S = 0.4
_RESTS_AFTER_S = 3.0  # without news: later than the next knock may come after the last
_RESTING_POLL_S = 5.0  # finds what a lost knock would have told of

assert _RESTS_AFTER_S > AGAIN_AFTER_S, "a log with news would be watched by somebody who rests"


class LogSource:
    """Reads `log` and `log_head` of one service. `bell` is rung by whoever writes to the log in this process."""

    def __init__(self, name: str, dsn: str, bell: Bell | None = None) -> None:
        self.name = name
        self._bell = bell or Bell()
        self._pool = Pool(dsn, 8, limit_s=ANSWER_LIMIT_S)
        self._heads: dict[int, Head] = {}
        self._moved = Bell()
        self._tail = Tail()
        self._reading = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._news_at = 0.0

    async def open(self) -> None:
        """Connect and begin to watch."""
        await self._pool.open()
        await self._look()
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.name}")

    async def close(self) -> None:
        """Stop watching and disconnect."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        await self._pool.close()

    async def heads(self) -> Mapping[int, Head]:
        """Ask now."""
        await self._look()
        return self._heads

    async def fetch(self, positions: Mapping[int, Position], most: int) -> Fetched:
        """Read on from these positions, of each partition its share."""
        if any(self._heads[part].next < place.off for part, place in positions.items()):
            await self._look()  # what we saw of the heads may be older than where the reader stands
        check_life(self.name, self._heads, positions)
        behind = {part: place.off for part, place in positions.items() if self._heads[part].next > place.off}
        if not behind:
            return Fetched([], {})
        each = share_of_one(most, len(behind))
        async with self._reading:  # one reader asks, the others find it in the tail
            found = await self._read_on(behind, each)
        found |= await self._read({part: off for part, off in behind.items() if not found[part]}, each)
        records = [record for part in behind for record in found[part]]
        after = {
            part: Position(some[-1].off + 1, 0, positions[part].incarnation) for part, some in found.items() if some
        }
        return Fetched(records, after)

    async def _read_on(self, behind: Mapping[int, int], each: int) -> dict[int, Sequence[Record]]:
        """What the tail has for these readers, brought on where they come to its end; nothing for who is before it."""
        found = {part: self._tail.after(part, off, each) for part, off in behind.items()}
        missing = {}
        for part, off in behind.items():
            end = off + len(found[part])
            if end == self._tail.end(part, off) and end < min(self._heads[part].next, off + each):
                missing[part] = end
        for part, fresh in (await self._read(missing, each)).items():
            self._tail.add(part, fresh)
            found[part] = [*found[part], *fresh][:each]
        return found

    async def _read(self, places: Mapping[int, int], each: int) -> Mapping[int, Sequence[Record]]:
        """Read on from these places, each before its head; a place that retention has passed is held."""
        found: dict[int, list[Record]] = {part: [] for part in places}
        if places:
            for row in await self._pool.fetch(_FETCH, list(places), list(places.values()), each):
                found[row["part"]].append(Record._make(row))
        for part, some in found.items():
            if not some or some[0].off != places[part]:
                raise SourceBehind(f"{self.name}/{part}: what was said at {places[part]} is no longer kept")
        return found

    async def news(self, positions: Mapping[int, Position], within_s: float) -> bool:
        """Wait until a head lies beyond these positions."""
        deadline = steady_s() + within_s
        while not self._has_news(positions):
            left = deadline - steady_s()
            if left <= 0 or not await self._moved.heard(left):
                return self._has_news(positions)
        return True

    def _has_news(self, positions: Mapping[int, Position]) -> bool:
        return any(self._heads[part].next != place.off for part, place in positions.items())

    async def _look(self, connection: Any = None) -> None:
        rows = await (connection or self._pool).fetch(_HEADS)
        found = {row["part"]: Head(row["next"], row["incarnation"]) for row in rows}
        if any(head.incarnation != found[part].incarnation for part, head in self._heads.items() if part in found):
            self._tail.forget()
        if found != self._heads:
            self._heads = found
            self._news_at = steady_s()
            self._moved.ring()

    async def _watch(self) -> None:
        """Look for news for ever, over one line after another."""
        while True:
            with suppress(Exception):  # a lost server raises anything; the readers see it themselves and say so
                async with self._pool.connection() as connection:
                    await self._watch_over(connection)
            await asyncio.sleep(_LONGEST_POLL_S)

    async def _watch_over(self, connection: Any) -> None:
        """Look on and on over the line that knocks come by; ends by raising."""
        connection.add_termination_listener(self._ring)
        try:
            await connection.add_listener(channel_of(self.name), self._ring)
            pause_s = _SHORTEST_POLL_S
            while True:
                rung, looked_at = self._bell.times, steady_s()  # what rings while we look may be more than we see
                await self._look(connection)
                if await self._bell.heard(self._patience_s(pause_s), since=rung):
                    self._news_at = steady_s()
                is_news = self._news_at >= looked_at
                pause_s = _SHORTEST_POLL_S if is_news else min(pause_s * 2, _LONGEST_POLL_S)
        finally:
            connection.remove_termination_listener(self._ring)
            connection.terminate()  # nobody else is to have a line that listens

    def _patience_s(self, pause_s: float) -> float:
        return _RESTING_POLL_S if steady_s() - self._news_at > _RESTS_AFTER_S else pause_s

    def _ring(self, *_why: object) -> None:
        """Somebody knocked, or the line is gone that knocks would come by: look."""
        self._bell.ring()
