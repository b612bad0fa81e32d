"""The relay: mirrors a service's log to Kafka, partition by partition, in order.

It keeps no position of its own. Where it begins with a partition it reads the last records that are really in the
topic and goes on behind them, so that neither its own death nor a broker that lost its tail leaves a hole; what comes
twice falls to the readers' high-water mark. Several relays of one log share its partitions by leases, as readers do:
they spare double work and move what a dead one mirrored, and nothing rests on them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import structlog

from shared.bus.kafka import Mirror
from shared.bus.kafka_client import BrokerFailed
from shared.bus.kafka_records import Mirrored
from shared.bus.leases import Leases
from shared.bus.source import Position, Source, SourceBehind
from shared.clock import steady_s
from shared.db.faults import is_passing
from shared.events.event import Record

logger = structlog.get_logger()

MOST_IN_BATCH = 500
# A broker that lost its tail is then sent what each of some relays had under way: the hole lies before all of it.
LOOK_BACK = 4 * MOST_IN_BATCH
LOOK_AT_BROKER_S = 3.0
PROVEN_AFTER_S = 10.0  # what was on its way to the broker when we came is there by then, or never will be
LEASED_AS = "kafka"  # among the logs that the service reads: no service has this name
_LONGEST_BACK_OFF_S = 5.0


class Stood(NamedTuple):
    """When a relay came to stand in a partition, behind which place, and the events that it saw before it."""

    at_s: float
    end: int
    seen: list[UUID]


class Relay:
    """Mirrors one service's log, in the partitions that this process holds."""

    def __init__(self, source: Source, make_mirror: Callable[[], Mirror], leases: Leases) -> None:
        self._source = source
        self._make_mirror = make_mirror
        self._leases = leases
        self._positions: dict[int, Position] = {}
        self._ends: dict[int, int] = {}  # of the topic, in the partitions where we stand
        self._unproven: dict[int, Stood] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Mirror until told to stop; a broker or database that is away is waited for."""
        back_off_s = 0.1
        while not self._stopping.is_set():
            mirror = self._make_mirror()
            try:
                await mirror.open()
                await self._begin()
                back_off_s = 0.1
                await self._mirror(mirror)
            except Exception as error:  # a broker's client raises anything; nothing is lost by beginning anew
                self._say_why(error)
                back_off_s = min(back_off_s * 2, _LONGEST_BACK_OFF_S)
                await self._idle(back_off_s)
            finally:
                await mirror.close()
        with suppress(Exception):  # a clean stop is a courtesy: without it the leases run out
            await self._leases.release(LEASED_AS)

    def _say_why(self, error: Exception) -> None:
        if isinstance(error, SourceBehind):
            logger.error("relay held", source=self._source.name, why=str(error))
        elif is_passing(error):
            logger.warning("relay waits", source=self._source.name, why=repr(error))
        else:
            logger.exception("relay failed", source=self._source.name)

    async def _idle(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _begin(self) -> None:
        self._positions, self._ends, self._unproven = {}, {}, {}
        await self._leases.begin(LEASED_AS, (await self._source.heads()).keys())

    async def _mirror(self, mirror: Mirror) -> None:
        """Write on and on; ends by raising, or when told to stop."""
        looked_at = steady_s()
        while not self._stopping.is_set():
            await self._stand(mirror)
            if steady_s() - looked_at > LOOK_AT_BROKER_S:
                looked_at = steady_s()
                self._must_hold(await mirror.ends())
                await self._prove(mirror)
            if not self._positions:
                await self._idle(self._leases.due_in_s())
                continue
            fetched = await self._source.fetch(self._positions, MOST_IN_BATCH)
            if not fetched.records:
                await self._source.news(self._positions, min(LOOK_AT_BROKER_S, self._leases.due_in_s()))
                continue
            batches: dict[int, list[Record]] = defaultdict(list)
            for record in fetched.records:
                batches[record.part].append(record)
            writes = (self._write(mirror, batch, fetched.after[part]) for part, batch in batches.items())
            for outcome in await asyncio.gather(*writes, return_exceptions=True):  # none is under way when we go on
                if outcome is not None:
                    raise outcome

    async def _stand(self, mirror: Mirror) -> None:
        """Stand in the partitions that this process holds: where it is new, behind what the broker really has."""
        held = await self._leases.held(LEASED_AS)
        self._positions = {part: place for part, place in self._positions.items() if part in held}
        self._ends = {part: self._ends[part] for part in self._positions}
        self._unproven = {part: stood for part, stood in self._unproven.items() if part in self._positions}
        new = held - self._positions.keys()
        heads = await self._source.heads() if new else {}
        for part in sorted(new):
            end, has_begin, tail = await mirror.tail(part, LOOK_BACK)
            life = heads[part].incarnation
            self._positions[part] = Position(dense_end(tail, life, has_begin), 0, life)
            self._ends[part] = end
            self._unproven[part] = Stood(steady_s(), end, _events(tail))

    async def _prove(self, mirror: Mirror) -> None:
        """See whether that lies there still which we saw when we came to stand.

        Where the broker lost its tail just then, and a late write made up for its length, no end tells of the hole.
        """
        now_s = steady_s()
        for part in [part for part, stood in self._unproven.items() if now_s - stood.at_s > PROVEN_AFTER_S]:
            stood = self._unproven.pop(part)
            _, found = await mirror.between(part, stood.end - len(stood.seen), stood.end)
            if _events(found) != stood.seen[len(stood.seen) - len(found) :]:  # the oldest may have outlived their days
                raise BrokerFailed(f"{self._source.name}/{part}: what lay before {stood.end} was lost")

    async def _write(self, mirror: Mirror, records: Sequence[Record], after: Position) -> None:
        part = records[0].part
        first = await mirror.write(part, records, after.incarnation)
        if first < self._ends[part]:
            raise BrokerFailed(f"{self._source.name}/{part}: written at {first}, not at {self._ends[part]}")
        if first > self._ends[part]:
            # Whoever held the partition before us had a batch under way: stand anew, behind all that is there.
            logger.info("relay met another", source=self._source.name, part=part)
            del self._positions[part]
            return
        self._positions[part] = after
        self._ends[part] = first + len(records)

    def _must_hold(self, ends: dict[int, int]) -> None:
        """A broker that lost its tail shows by an end before ours, even when nobody writes."""
        lost = [part for part, end in self._ends.items() if ends[part] < end]
        if lost:
            raise BrokerFailed(f"{self._source.name}: the broker lost its tail in partitions {lost}")


def dense_end(tail: Sequence[Mirrored], incarnation: UUID, has_begin: bool) -> int:
    """How far a reader comes that takes these records as they lie: what lies beyond a hole it passes over.

    A write that met a lost tail lies behind a hole. Where that was filled since, what is there counts; where it was
    not, even the last record does not.
    """
    own = [found.record.off for found in tail if found.incarnation == incarnation]
    if not own:
        return 0
    end = 0 if has_begin or len(own) < len(tail) else own[0]
    for off in own:
        if off == end:
            end += 1
    return end


def _events(found: Sequence[Mirrored]) -> list[UUID]:
    return [each.record.event_id for each in found]
