"""What several services said, read from their logs as one story: what was said first comes first, whoever said it.

Two logs know no common order, so it is told by the ids of the events, which say when they were made by a machine's
clock; business time would not do, it may be moved. Within a partition the log's own order stands, whatever the ids
say. Facts of two services said within moments of each other may have been taken the other way round: readers read
each log by itself, and who was a little ahead then is written nowhere.
"""

import asyncio
import gc
from bisect import bisect_right
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import NamedTuple

from shared.bus.log_source import LogSource
from shared.bus.source import Position
from shared.events.event import Event, Heard, Record, UnreadableEvent, hear

AHEAD = 1000  # records of each partition, read and decoded while those before are being taken

_BEFORE_ALL = b""
_AFTER_ALL = b"\xff" * 17

Place = tuple[str, int]


class Told(NamedTuple):
    """Something that was said: by whom, and when in the story."""

    moment: bytes
    source: str
    type: str
    heard: Heard[Event]


class History:
    """The logs of some services, from their beginning on; `unread` names what could not be decoded."""

    def __init__(self, logs: Mapping[str, LogSource], kinds: Mapping[str, type[Event]]) -> None:
        self.read = 0
        self.unread: list[str] = []
        self.logs = logs
        self._kinds = kinds
        self._streams: dict[Place, _Stream] = {}

    async def until(self, ends: Mapping[Place, Position]) -> AsyncGenerator[Sequence[Told]]:
        """What was said before these positions and is not told yet, a stretch at a time, the next one read ahead.

        Raises `SourceBehind` where a log no longer has it, or began a new life.
        """
        for place, end in ends.items():
            stream = self._streams.setdefault(place, _Stream(end._replace(off=0)))
            stream.end = end.off
        for log in self.logs.values():
            await log.heads()  # what it remembers of its end may be older than where these listeners stand
        reading = asyncio.create_task(self._read_ahead())
        try:
            while True:
                await reading
                is_all_read = not any(stream.is_open for stream in self._streams.values())
                stretch = self._before_the_unknown()
                if not is_all_read:
                    reading = asyncio.create_task(self._read_ahead())
                if stretch:
                    yield stretch
                if is_all_read:
                    return
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def left(self, ends: Mapping[Place, Position]) -> int:
        """How many events lie between what was told and these positions."""
        return sum(
            end.off - (self._streams[place].position.off if place in self._streams else 0)
            for place, end in ends.items()
        )

    def _before_the_unknown(self) -> list[Told]:
        """All that nothing can come before any more: no log that goes on has said anything earlier than this."""
        streams = self._streams.values()
        horizon = min((stream.seen for stream in streams if stream.is_open), default=_AFTER_ALL)
        stretch = [told for stream in streams for told in stream.take(horizon)]
        stretch.sort(key=attrgetter("moment"))
        return stretch

    async def _read_ahead(self) -> None:
        for source, log in self.logs.items():
            streams = {part: stream for (name, part), stream in self._streams.items() if name == source}
            short = {part: stream.position for part, stream in streams.items() if stream.is_short}
            if not short:
                continue
            records = (await log.fetch(short, AHEAD * len(short) // 2)).records
            for part in short:
                some = [record for record in records if record.part == part and record.off < streams[part].end]
                self._add(source, streams[part], some)

    def _add(self, source: str, stream: "_Stream", records: Sequence[Record]) -> None:
        for record in records:
            stream.seen = max(stream.seen, record.event_id.bytes)
            kind = self._kinds.get(record.type)
            if kind is None:
                continue
            try:
                stream.told.append(Told(stream.seen, source, record.type, hear(record, kind)))
            except UnreadableEvent as error:
                self.unread.append(str(error))
        self.read += len(records)
        if records:
            stream.position = stream.position._replace(off=records[-1].off + 1)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for cycles, of which facts have none: among so many that took as long as all else together."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Stream:
    """One partition of one log: what of it is read ahead, and where it is to be read on."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self.end = 0
        self.seen = _BEFORE_ALL
        self.told: list[Told] = []

    @property
    def is_open(self) -> bool:
        """Whether there is more to read."""
        return self.position.off < self.end

    @property
    def is_short(self) -> bool:
        """Whether it is time to read more."""
        return self.is_open and len(self.told) < AHEAD // 2

    def take(self, horizon: bytes) -> list[Told]:
        """Give away what was said up to then."""
        count = bisect_right(self.told, horizon, key=attrgetter("moment"))
        taken, self.told = self.told[:count], self.told[count:]
        return taken
