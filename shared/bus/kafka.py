"""Kafka as a mirror of a service's log: what it is written with and read with. The only importer of aiokafka.

A topic is a service, partition p mirrors partition p. The log's own offset travels as a header, for Kafka's
differs as soon as the relay repeats something or the broker loses its tail. Events are CloudEvents 1.0 in binary
mode (cloudevents/spec, kafka-protocol-binding §3.2). Every call has a time limit.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, TopicAlreadyExistsError

from shared.bus.source import Fetched, Head, Position, SourceBehind
from shared.events.event import Record

CALL_LIMIT_S = 15.0
SEND_BYTES = 900_000  # below the broker's message.max.bytes of 1 MiB, overhead included
_MOST_AT_ONCE = 1000
_LOOK_EVERY_S = 0.1
UNSEEN = UUID(int=0)  # the incarnation of a cursor that has not read anything yet

Answer = TypeVar("Answer")


class BrokerFailed(OSError):
    """The broker is away, slow or refuses; what was asked may be asked again."""


class Mirrored(NamedTuple):
    """A record as the topic has it: where it lies there, and which life of the log it comes from."""

    mirror_off: int
    incarnation: UUID
    record: Record


def topic_of(service: str) -> str:
    """The topic of a service."""
    return service.replace("_", "-")


def headers_of(service: str, record: Record, incarnation: UUID) -> list[tuple[str, bytes]]:
    """The event's attributes as Kafka headers."""
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(record.event_id),
        "ce_type": record.type,
        "ce_source": f"/{topic_of(service)}",
        "ce_time": record.at.isoformat(),
        "ce_partitionkey": record.key,
        "ce_cause": record.cause,
        "ce_traceparent": record.trace,
        "src": service,
        "off": str(record.off),
        "incarnation": str(incarnation),
    }
    return [(name, value.encode()) for name, value in headers.items()]


def mirrored(message: Any) -> Mirrored:
    """A Kafka message as the record that it mirrors."""
    headers = {name: value.decode() for name, value in message.headers}
    record = Record(
        part=message.partition,
        off=int(headers["off"]),
        event_id=UUID(headers["ce_id"]),
        key=headers["ce_partitionkey"],
        type=headers["ce_type"],
        at=datetime.fromisoformat(headers["ce_time"]),
        cause=headers["ce_cause"],
        trace=headers["ce_traceparent"],
        body=message.value or b"",
    )
    return Mirrored(message.offset, UUID(headers["incarnation"]), record)


class Mirror:
    """Writes one service's log to its topic, in order, one batch in flight a partition."""

    def __init__(self, service: str, bootstrap: str, partitions: int) -> None:
        self.service = service
        self._topic = topic_of(service)
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._producer: Any = None
        self._consumer: Any = None

    async def open(self) -> None:
        """Connect; the topic is made where it is missing."""
        await _make_topic(self._bootstrap, self._topic, self._partitions)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", compression_type="lz4", max_batch_size=SEND_BYTES
        )
        self._consumer = _consumer(self._bootstrap)
        await _limited(self._producer.start())
        await _limited(self._consumer.start())

    async def close(self) -> None:
        """Disconnect; a dead broker is not waited for."""
        for client in (self._producer, self._consumer):
            if client is not None:
                with suppress(BrokerFailed):
                    await _limited(client.stop())

    async def last(self, part: int) -> tuple[int, Mirrored | None]:
        """The topic's end in a partition, and the last record that is really there."""
        place = TopicPartition(self._topic, part)
        end = (await _limited(self._consumer.end_offsets([place])))[place]
        begin = (await _limited(self._consumer.beginning_offsets([place])))[place]
        if end == begin:
            return end, None
        self._consumer.assign([place])
        self._consumer.seek(place, end - 1)
        found = await _limited(self._consumer.getmany(place, timeout_ms=5_000, max_records=1))
        messages = found.get(place, [])
        if not messages:
            raise BrokerFailed(f"{self._topic}/{part}: record {end - 1} can't be read")
        return end, mirrored(messages[-1])

    async def ends(self) -> dict[int, int]:
        """The topic's end in every partition."""
        places = [TopicPartition(self._topic, part) for part in range(self._partitions)]
        ends = await _limited(self._consumer.end_offsets(places))
        return {place.partition: end for place, end in ends.items()}

    async def write(self, part: int, records: Sequence[Record], incarnation: UUID) -> int:
        """Write records and wait until every replica has them; answers where the first of them lies."""
        futures = [
            await _limited(
                self._producer.send(
                    self._topic,
                    record.body,
                    key=record.key.encode(),
                    partition=part,
                    headers=headers_of(self.service, record, incarnation),
                )
            )
            for record in records
        ]
        written = await _limited(asyncio.gather(*futures))
        return int(written[0].offset)


class KafkaSource:
    """One reader's view of a topic: its own place in each partition, no group, no rebalancing."""

    def __init__(self, name: str, bootstrap: str, partitions: int) -> None:
        self.name = name
        self._topic = topic_of(name)
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._consumer: Any = None
        self._expected: dict[int, Position] = {}
        self._buffer: list[Any] = []
        self._sought_back: set[int] = set()
        self._seen_ahead: dict[int, Position] = {}

    async def open(self) -> None:
        """Connect."""
        await _make_topic(self._bootstrap, self._topic, self._partitions)
        self._consumer = _consumer(self._bootstrap)
        await _limited(self._consumer.start())

    async def close(self) -> None:
        """Disconnect; a dead broker is not waited for."""
        consumer, self._consumer, self._expected, self._buffer = self._consumer, None, {}, []
        self._sought_back, self._seen_ahead = set(), {}
        if consumer is not None:
            with suppress(BrokerFailed):
                await _limited(consumer.stop())

    async def heads(self) -> Mapping[int, Head]:
        """The partitions; which life of the log they mirror shows when something is read."""
        return {part: Head(0, UNSEEN) for part in range(self._partitions)}

    async def fetch(self, positions: Mapping[int, Position], most: int) -> Fetched:
        """What lies beyond these positions by now."""
        async with self._connection():
            await self._stand_at(positions)
            if not self._buffer:
                await self._fill(0, most)
            messages, self._buffer = self._buffer, []
            return await self._take(messages)

    async def news(self, positions: Mapping[int, Position], within_s: float) -> bool:
        """Wait for something to be fetched; where nothing came, look whether the broker still has our place."""
        async with self._connection():
            await self._stand_at(positions)
            if not self._buffer:
                await self._fill(within_s, _MOST_AT_ONCE)
            if not self._buffer:
                await self._look_at_ends()
            return bool(self._buffer)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        """Connect where we are not; after a failure connect anew, for a client that is stuck shows it by nothing."""
        try:
            if self._consumer is None:
                await self.open()
            yield
        except BrokerFailed:
            await self.close()
            raise

    async def _look_at_ends(self) -> None:
        """Beyond the end: the broker lost its tail. Short of it: just written; the second time, our client is stuck."""
        places = [self._place(part) for part in self._expected]
        ends = await _limited(self._consumer.end_offsets(places))
        ahead = {}
        for place, end in ends.items():
            stands = self._expected[place.partition]
            if end < stands.mirror_off:
                await self._seek_back(place.partition)
            elif end > stands.mirror_off and place.partition not in self._sought_back:
                ahead[place.partition] = stands
        stuck = [part for part, stands in ahead.items() if self._seen_ahead.get(part) == stands]
        self._seen_ahead = ahead
        if stuck:
            raise BrokerFailed(f"{self.name}: nothing comes from partitions {stuck} though there is something")

    async def _stand_at(self, positions: Mapping[int, Position]) -> None:
        """Go to where the table says we are, wherever we thought we were.

        The same offset of the log is the same place, also when we passed repeats since: they are not read again.
        """
        moved = [part for part, place in positions.items() if not _is_same(place, self._expected.get(part))]
        if positions.keys() != self._expected.keys():
            self._consumer.assign([self._place(part) for part in sorted(positions)])
            moved = list(positions)
        for part in moved:
            self._consumer.seek(self._place(part), positions[part].mirror_off)
        if moved:
            self._buffer = [message for message in self._buffer if message.partition not in moved]
            self._expected = {
                part: place if part in moved else self._expected[part] for part, place in positions.items()
            }

    async def _fill(self, within_s: float, most: int) -> None:
        try:
            found = await _limited(self._consumer.getmany(timeout_ms=int(within_s * 1000), max_records=most), within_s)
        except OffsetOutOfRangeError as error:
            # The place is past the end: the broker lost its tail. Look from the start for what comes next.
            for place in error.args[0]:
                await self._seek_back(place.partition)
            return
        self._buffer = [message for messages in found.values() for message in messages]

    async def _take(self, messages: Sequence[Any]) -> Fetched:
        """Drop repeats, stop at a gap: what is missing must come first."""
        records, after, gaps = [], {}, set()
        for message in messages:
            part = message.partition
            if part in gaps:
                continue
            found = mirrored(message)
            place = self._expected[part]
            if place.incarnation not in (UNSEEN, found.incarnation):
                raise SourceBehind(f"{self.name}/{part}: the log began a new life, {found.incarnation}")
            if found.record.off > place.off:
                gaps.add(part)
                continue
            is_new = found.record.off == place.off
            if is_new:
                records.append(found.record)
                self._sought_back.discard(part)
            self._expected[part] = Position(place.off + is_new, found.mirror_off + 1, found.incarnation)
            if is_new:
                after[part] = self._expected[part]
        for part in gaps:
            await self._close_gap(part, bool(records))
        return Fetched(records, after)

    async def _close_gap(self, part: int, has_read: bool) -> None:
        """Something is missing: look for it from the start once; if it is not there, wait for the relay to bring it."""
        if part in self._sought_back and not has_read:
            await asyncio.sleep(1.0)
        await self._seek_back(part)

    async def _seek_back(self, part: int) -> None:
        place = self._place(part)
        begin = (await _limited(self._consumer.beginning_offsets([place])))[place]
        self._consumer.seek(place, begin)
        self._sought_back.add(part)

    def _place(self, part: int) -> TopicPartition:
        return TopicPartition(self._topic, part)


def _is_same(place: Position, expected: Position | None) -> bool:
    if expected is None or place.off != expected.off:
        return False
    return place.incarnation in (UNSEEN, expected.incarnation)


def _consumer(bootstrap: str) -> Any:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=4 * 2**20,
    )


async def _make_topic(bootstrap: str, topic: str, partitions: int) -> None:
    """Make a topic where it is missing, and wait until the broker knows it: it answers before that."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await _limited(admin.start())
        if not await _is_known(admin, topic):
            with suppress(TopicAlreadyExistsError):
                await _limited(admin.create_topics([NewTopic(topic, partitions, 1)]))
            await _limited(_until_known(admin, topic))
    finally:
        with suppress(BrokerFailed):
            await _limited(admin.close())


async def _until_known(admin: Any, topic: str) -> None:
    while True:
        if await _is_known(admin, topic):
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def _is_known(admin: Any, topic: str) -> bool:
    """Whether the broker knows the topic and leads all its partitions."""
    (found,) = await _limited(admin.describe_topics([topic]))
    errors = {found["error_code"], *(partition["error_code"] for partition in found["partitions"])}
    return errors == {0}


async def _limited(call: Awaitable[Answer], more_s: float = 0) -> Answer:
    """Wait for the broker, but not for ever; its failures pass, so a reader or relay takes them as a lost line."""
    try:
        async with asyncio.timeout(CALL_LIMIT_S + more_s):
            return await call
    except OffsetOutOfRangeError:
        raise
    except (KafkaError, TimeoutError) as error:
        raise BrokerFailed(repr(error)) from error
