"""The relay: mirrors a service's log to Kafka, partition by partition, in order.

It keeps no position of its own. On every connect it reads the last record that is really in the topic and goes on
behind it, so that neither its own death nor a broker that lost its tail leaves a hole; what comes twice falls to
the readers' high-water mark. Several relays of one service lose nothing,
but each begins anew whenever the other has written: one is enough, and a second only where the first may be dead.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

import structlog

from shared.bus.kafka import Mirror
from shared.bus.kafka_client import BrokerFailed
from shared.bus.kafka_records import Mirrored
from shared.bus.source import Position, Source, SourceBehind
from shared.db.faults import is_passing
from shared.events.event import Record

logger = structlog.get_logger()

MOST_IN_BATCH = 500
# A broker that lost its tail is then sent what each of some relays had under way: the hole lies before all of it.
LOOK_BACK = 4 * MOST_IN_BATCH
LOOK_AT_BROKER_S = 3.0
_LONGEST_BACK_OFF_S = 5.0


class Relay:
    """Mirrors one service's log."""

    def __init__(self, source: Source, make_mirror: Callable[[], Mirror]) -> None:
        self._source = source
        self._make_mirror = make_mirror
        self._ends: dict[int, int] = {}
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
                positions = await self._stand_behind(mirror)
                back_off_s = 0.1
                await self._mirror(mirror, positions)
            except Exception as error:  # a broker's client raises anything; nothing is lost by beginning anew
                if isinstance(error, SourceBehind):
                    logger.error("relay held", source=self._source.name, why=str(error))
                elif is_passing(error):
                    logger.warning("relay waits", source=self._source.name, why=repr(error))
                else:
                    logger.exception("relay failed", source=self._source.name)
                back_off_s = min(back_off_s * 2, _LONGEST_BACK_OFF_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), back_off_s)
            finally:
                await mirror.close()

    async def _stand_behind(self, mirror: Mirror) -> dict[int, Position]:
        """Where each partition goes on: behind the last record that the broker really has."""
        positions = {}
        for part, head in (await self._source.heads()).items():
            end, has_begin, tail = await mirror.tail(part, LOOK_BACK)
            positions[part] = Position(_dense_end(tail, head.incarnation, has_begin), 0, head.incarnation)
            self._ends[part] = end
        return positions

    async def _mirror(self, mirror: Mirror, positions: dict[int, Position]) -> None:
        """Write on and on; ends by raising, or when told to stop."""
        looked_at = asyncio.get_running_loop().time()
        while not self._stopping.is_set():
            if asyncio.get_running_loop().time() - looked_at > LOOK_AT_BROKER_S:
                looked_at = asyncio.get_running_loop().time()
                self._must_hold(await mirror.ends())
            fetched = await self._source.fetch(positions, MOST_IN_BATCH)
            if not fetched.records:
                await self._source.news(positions, LOOK_AT_BROKER_S)
                continue
            batches: dict[int, list[Record]] = defaultdict(list)
            for record in fetched.records:
                batches[record.part].append(record)
            await asyncio.gather(
                *(self._write(mirror, batch, positions[part].incarnation) for part, batch in batches.items())
            )
            positions |= fetched.after

    async def _write(self, mirror: Mirror, records: Sequence[Record], incarnation: UUID) -> None:
        part = records[0].part
        first = await mirror.write(part, records, incarnation)
        if first != self._ends[part]:
            raise BrokerFailed(f"{self._source.name}/{part}: written at {first}, not at {self._ends[part]}")
        self._ends[part] = first + len(records)

    def _must_hold(self, ends: dict[int, int]) -> None:
        """A broker that lost its tail shows by an end before ours, even when nobody writes."""
        lost = [part for part, end in ends.items() if end < self._ends[part]]
        if lost:
            raise BrokerFailed(f"{self._source.name}: the broker lost its tail in partitions {lost}")


def _dense_end(tail: Sequence[Mirrored], incarnation: UUID, has_begin: bool) -> int:
    """Behind what is there without a hole: a write that met a lost tail lies behind one, and may be the last record."""
    own = [found.record.off for found in tail if found.incarnation == incarnation]
    if not own:
        return 0
    end = 0 if has_begin or len(own) < len(tail) else own[0]
    for off in own:
        if off > end:
            break
        end = max(end, off + 1)
    return end
