"""Kafka as a mirror of a service's log: what it is written with and read with.

A topic is a service, partition p mirrors partition p. The log's own offset travels as a header, for Kafka's
differs as soon as the relay repeats something or the broker loses its tail.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from shared.bus.kafka_client import Admin, BrokerFailed, Consumer, Message, PlaceLost, Producer
from shared.bus.kafka_cluster import Cluster
from shared.bus.kafka_lag import Telling
from shared.bus.kafka_reading import KafkaReading
from shared.bus.kafka_records import Mirrored, headers_of, mirrored
from shared.bus.kafka_topics import Topic, must_fit, service_topic
from shared.bus.source import Fetched, Head, Position, SourceBehind, share_of_one
from shared.clock import steady_s
from shared.events.event import Record

logger = structlog.get_logger()

UNSEEN = UUID(int=0)  # the incarnation of a cursor that has not read anything yet
LOCAL = Cluster()

_LAST_RECORD_S = 5.0
_LOOK_EVERY_S = 3.0
_STUCK_AFTER_S = 10.0
_PROVE_EVERY_S = 30.0


class Mirror:
    """Writes one service's log to its topic, in order, one batch in flight a partition."""

    def __init__(self, service: str, bootstrap: str, partitions: int, cluster: Cluster = LOCAL) -> None:
        self.service = service
        self._bootstrap = bootstrap
        self._cluster = cluster
        self._topic = service_topic(service, partitions, cluster)
        self._producer: Producer | None = None
        self._consumer: Consumer | None = None

    async def open(self) -> None:
        """Connect; the topic is made where it is missing, and refused where it is another one."""
        await _make_sure_of(self._topic, self._bootstrap, self._cluster)
        self._producer = Producer(self._topic.name, self._bootstrap, self._cluster)
        await self._producer.start()
        self._consumer = Consumer(self._topic.name, self._bootstrap, self._cluster)
        await self._consumer.start()

    async def close(self) -> None:
        """Disconnect; a dead broker is not waited for."""
        for client in (self._producer, self._consumer):
            if client is not None:
                await client.stop()

    async def tail(self, part: int, most: int) -> tuple[int, bool, list[Mirrored]]:
        """The topic's end in a partition, whether its very beginning is in sight, and its last records."""
        assert self._consumer is not None, "asked before it was opened"
        end = (await self._consumer.ends([part]))[part]
        begin, found = await self.between(part, end - most, end)
        return end, begin == 0 and end <= most, found

    async def between(self, part: int, first: int, end: int) -> tuple[int, list[Mirrored]]:
        """Where the topic begins in a partition, and what there is of the records from one place to another."""
        assert self._consumer is not None, "asked before it was opened"
        begin = (await self._consumer.begins([part]))[part]
        place = max(begin, first)
        found: list[Mirrored] = []
        self._consumer.assign([part])
        self._consumer.seek(part, place)
        while place < end:
            try:
                messages = await self._consumer.take(_LAST_RECORD_S, end - place)
            except PlaceLost:
                messages = []
            if not messages:
                raise BrokerFailed(f"{self._topic.name}/{part}: record {end - 1} can't be read")
            found += [mirrored(message) for message in messages]
            place = messages[-1].offset + 1
        return begin, found

    async def ends(self) -> dict[int, int]:
        """The topic's end in every partition."""
        assert self._consumer is not None, "asked before it was opened"
        return await self._consumer.ends(range(self._topic.partitions))

    async def write(self, part: int, records: Sequence[Record], incarnation: UUID) -> int:
        """Write records and wait until every replica has them; answers where the first of them lies."""
        assert self._producer is not None, "asked before it was opened"
        messages = [
            Message(record.key.encode(), record.body, headers_of(self.service, record, incarnation))
            for record in records
        ]
        return await self._producer.write(part, messages)


class KafkaSource(KafkaReading):
    """One reader's view of a topic: its own place in each partition, no group, no rebalancing.

    Where the `reader` has a name, its places are told to Kafka as those of a group, for whoever watches lags there.
    """

    def __init__(
        self, name: str, bootstrap: str, partitions: int, *, reader: str = "", cluster: Cluster = LOCAL
    ) -> None:
        super().__init__()
        self.name = name
        self._bootstrap = bootstrap
        self._cluster = cluster
        self._topic = service_topic(name, partitions, cluster)
        self._committing = Telling(reader, self._topic.name) if reader else None
        self._expected: dict[int, Position] = {}
        self._sought_back: set[int] = set()
        self._ahead_since: dict[int, float] = {}
        self._looked_at = self._opened_at = 0.0
        self._proven_at: dict[int, float] = {}

    async def open(self) -> None:
        """Connect."""
        await _make_sure_of(self._topic, self._bootstrap, self._cluster)
        self._consumer = Consumer(self._topic.name, self._bootstrap, self._cluster)
        await self._consumer.start()
        self._looked_at = self._opened_at = steady_s()
        self._proven_at = {}
        if self._committing is not None:
            self._committing.begin(self._consumer)

    async def close(self) -> None:
        """Disconnect; a dead broker is not waited for."""
        consumer, self._consumer, self._expected, self._buffer = self._consumer, None, {}, []
        self._sought_back, self._ahead_since = set(), {}
        if self._committing is not None:
            await self._committing.end()
        if consumer is not None:
            await consumer.stop()

    async def heads(self) -> Mapping[int, Head]:
        """The partitions; which life of the log they mirror shows when something is read."""
        return {part: Head(0, UNSEEN) for part in range(self._topic.partitions)}

    async def _look_at_ends(self, consumer: Consumer) -> None:
        """The watchdog: what lies beyond the topic's end was lost; what lies short of it and never comes is stuck."""
        self._looked_at = steady_s()
        ends = await consumer.ends(list(self._expected))
        for part, end in ends.items():
            stands = self._expected[part].mirror_off
            if end < stands:
                await self._seek_back(consumer, part)
            elif end > stands:
                self._ahead_since.setdefault(part, self._looked_at)
            else:
                self._ahead_since.pop(part, None)
                self._look_at_last(consumer, part)
        stuck = [part for part, since in self._ahead_since.items() if self._looked_at - since > _STUCK_AFTER_S]
        if stuck:
            raise BrokerFailed(f"{self.name}: nothing comes from partitions {stuck} though there is something")

    def _look_at_last(self, consumer: Consumer, part: int) -> None:
        """Read the last record again, now and then: a topic that lost its tail and grew again may end just here."""
        place = self._expected[part]
        if place.mirror_off and self._looked_at - self._proven_at.get(part, self._opened_at) > _PROVE_EVERY_S:
            self._proven_at[part] = self._looked_at
            self._sought_back.discard(part)  # what was looked for in vain may lie before us by now
            consumer.seek(part, place.mirror_off - 1)
            self._expected[part] = place._replace(mirror_off=place.mirror_off - 1)

    async def _stand_at(self, consumer: Consumer, positions: Mapping[int, Position]) -> None:
        """Go to where the table says we are, wherever we thought we were.

        The same offset of the log is the same place, also when we passed repeats since: they are not read again.
        """
        moved = [part for part, place in positions.items() if not _is_same(place, self._expected.get(part))]
        if positions.keys() != self._expected.keys():
            consumer.assign(positions.keys())
            moved = list(positions)
            self._ahead_since = {}
        for part in moved:
            consumer.seek(part, positions[part].mirror_off)
        if moved:
            kept = positions.keys() - set(moved)
            self._buffer = [message for message in self._buffer if message.partition in kept]
            self._expected = {
                part: place if part in moved else self._expected[part] for part, place in positions.items()
            }
        if self._committing is not None:
            # What the reader comes with it has committed, and the repeats that it passed since are done with too.
            self._committing.settled = {part: place.mirror_off for part, place in self._expected.items()}

    async def _fill(self, consumer: Consumer, within_s: float, most: int) -> None:
        try:
            if within_s:
                self._buffer = await consumer.take(within_s, most)
            else:
                self._buffer = await consumer.take_evenly(most, share_of_one(most, len(self._expected)))
        except PlaceLost as error:
            # The place is past the end: the broker lost its tail. Look from the start for what comes next.
            for part in self._expected.keys() & error.parts:  # another's by now may be among them
                await self._seek_back(consumer, part)
            return
        for part in {message.partition for message in self._buffer}:
            self._ahead_since.pop(part, None)
        if steady_s() - self._looked_at > _LOOK_EVERY_S or (within_s and not self._buffer):
            await self._look_at_ends(consumer)

    async def _take(self, consumer: Consumer, messages: Sequence[Any]) -> Fetched:
        """Drop repeats and what lies beyond a gap: what is missing must come first, and the relay brings all again."""
        records, after, gaps = [], {}, set()
        for message in messages:
            part = message.partition
            found = mirrored(message)
            place = self._expected[part]
            if place.incarnation not in (UNSEEN, found.incarnation):
                raise SourceBehind(f"{self.name}/{part}: the log began a new life, {found.incarnation}")
            is_new = found.record.off == place.off
            self._expected[part] = Position(place.off + is_new, found.mirror_off + 1, found.incarnation)
            if is_new:
                records.append(found.record)
                after[part] = self._expected[part]
                self._sought_back.discard(part)
                gaps.discard(part)
            elif found.record.off > place.off:
                gaps.add(part)
        for part in gaps - self._sought_back:  # it may lie before us: look from the start, once
            await self._seek_back(consumer, part)
        return Fetched(records, after)

    async def _seek_back(self, consumer: Consumer, part: int) -> None:
        begin = (await consumer.begins([part]))[part]
        consumer.seek(part, begin)
        self._expected[part] = self._expected[part]._replace(mirror_off=begin)
        self._sought_back.add(part)


def _is_same(place: Position, expected: Position | None) -> bool:
    if expected is None or place.off != expected.off:
        return False
    return place.incarnation in (UNSEEN, expected.incarnation)


async def _make_sure_of(topic: Topic, bootstrap: str, cluster: Cluster) -> None:
    """Make a topic where it is missing; refuse one whose keys lie elsewhere."""
    async with Admin(bootstrap, cluster) as admin:
        partitions = await admin.partitions(topic.name)
        if partitions is None:
            await admin.create(topic)
        else:
            must_fit(topic, partitions)
