"""Apache Kafka's clients as the bus wants them: no call waits for ever, no failure is anything but `BrokerFailed`.

The only importer of aiokafka. Its calls run as tasks of their own, for two reasons seen in its source. `stop()` of a
consumer cancels the fetches it has under way and awaits them unguarded: awaited directly, that cancellation ends
whoever closes a consumer whose broker is away. And several of its calls swallow a cancellation, so that a time limit
around them would pass unheard.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import (
    KafkaError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from shared.bus.kafka_cluster import Cluster, client_options
from shared.bus.kafka_topics import Found, Topic

CALL_LIMIT_S = 10.0
END_LIMIT_S = 3.0
SEND_BYTES = 900_000  # below the broker's message.max.bytes of 1 MiB, overhead included
_LOOK_EVERY_S = 0.1
_NO_GENERATION = -1  # who commits for a group without being its member
_NO_MEMBER = ""
_KEEP_AS_LONG_AS_THE_BROKER_DOES = -1
_64_BITS = (1 << 64) - 1

Answer = TypeVar("Answer")


class BrokerFailed(OSError):
    """The broker is away, slow or refuses; what was asked may be asked again."""


class PlaceLost(Exception):
    """The topic does not have the places in these partitions that were asked for."""

    def __init__(self, parts: Collection[int]) -> None:
        super().__init__(parts)
        self.parts = parts


class Life(NamedTuple):
    """One life of a topic: deleted and made anew under its old name it has another id."""

    id: UUID
    partitions: int


class Message(NamedTuple):
    """What is to be written."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


async def limited(call: Awaitable[Answer], within_s: float = CALL_LIMIT_S) -> Answer:
    """Wait for a call, but not for ever; one that does not end is told to and left alone."""
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task}, timeout=within_s)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_disregard)
    if not task.done():
        raise BrokerFailed(f"no answer within {within_s:.0f} s")
    if task.cancelled():
        raise BrokerFailed("the client gave up")
    error = task.exception()
    if isinstance(error, OffsetOutOfRangeError):
        raise PlaceLost([place.partition for place in error.args[0]]) from error
    if error is not None:
        raise BrokerFailed(repr(error)) from error
    return task.result()


class Producer:
    """Writes to one topic, one batch in flight a partition: a batch is there, or nothing behind it is."""

    def __init__(self, topic: str, bootstrap: str, cluster: Cluster) -> None:
        self._topic = topic
        self._client: Any = AIOKafkaProducer(
            **client_options(bootstrap, cluster), acks="all", compression_type="lz4", max_batch_size=SEND_BYTES
        )

    async def start(self) -> None:
        """Connect."""
        await limited(self._client.start())

    async def stop(self) -> None:
        """Disconnect. What it could not write it would try to write later: its sender is ended by all means."""
        await _end(self._client.stop, self._client._sender.close, self._client.client.close)

    async def write(self, part: int, messages: Sequence[Message]) -> int:
        """Write messages and wait until every replica has them; answers where the first of them lies."""
        left = deque(messages)
        firsts = []
        while left:
            batch = self._client.create_batch()
            while left and batch.append(timestamp=None, **left[0]._asdict()) is not None:
                left.popleft()
            if not batch.record_count():
                raise BrokerFailed(f"a record of {len(left[0].value):,} bytes is more than Kafka takes at once")
            sent = await limited(self._client.send_batch(batch, self._topic, partition=part))
            firsts.append((await limited(sent)).offset)
        return int(firsts[0])


class Consumer:
    """Reads one topic from places it is told: no group, no rebalancing."""

    def __init__(self, topic: str, bootstrap: str, cluster: Cluster) -> None:
        self._topic = topic
        self._client: Any = AIOKafkaConsumer(
            **client_options(bootstrap, cluster),
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",  # what a foreign producer took back was never said
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4 * 2**20,
        )

    async def start(self) -> None:
        """Connect."""
        await limited(self._client.start())

    async def stop(self) -> None:
        """Disconnect."""
        await _end(self._client.stop, self._client._client.close)

    def assign(self, parts: Collection[int]) -> None:
        """Read these partitions and no others."""
        self._client.assign(self._places(parts))

    def seek(self, part: int, off: int) -> None:
        """Go on from there."""
        self._client.seek(TopicPartition(self._topic, part), off)

    async def take(self, within_s: float, most: int) -> list[Any]:
        """What comes within that time; raises `PlaceLost` where we stand beyond the end or before the beginning."""
        call = self._client.getmany(timeout_ms=int(within_s * 1000), max_records=most)
        return _messages(await limited(call, CALL_LIMIT_S + within_s))

    async def take_evenly(self, most: int, each: int) -> list[Any]:
        """About so many of what has come by now, of each partition its share first; raises as `take` does.

        What was written together is taken together so: the client alone hands over one partition after the other, of
        each all that it has.
        """
        found: list[Any] = await limited(self._take_evenly(most, each))
        return found

    async def _take_evenly(self, most: int, each: int) -> list[Any]:
        found: list[Any] = []
        try:
            for place in self._client.assignment():
                found += _messages(await self._client.getmany(place, timeout_ms=0, max_records=each))
            if len(found) < most:  # whoever has more gives what the others lack
                found += _messages(await self._client.getmany(timeout_ms=0, max_records=most - len(found)))
        except KafkaError:
            if not found:
                raise
            # What is amiss with a partition, its next fetch says again.
        return found

    async def begins(self, parts: Collection[int]) -> dict[int, int]:
        """The oldest place in each partition."""
        found = await limited(self._client.beginning_offsets(self._places(parts)))
        return {place.partition: begin for place, begin in found.items()}

    async def ends(self, parts: Collection[int]) -> dict[int, int]:
        """The next place in each partition."""
        found = await limited(self._client.end_offsets(self._places(parts)))
        return {place.partition: end for place, end in found.items()}

    async def reached(self, part: int) -> int:
        """How far reading is in a partition: beyond the last message taken, and beyond what is none."""
        return int(await limited(self._client.position(TopicPartition(self._topic, part))))

    async def life(self) -> Life:
        """Which life of the topic this is; raises where there is no such topic."""
        client = self._client._client
        answer = await limited(client.send(client.get_random_node(), _AskTopic(self._topic)))
        code, _name, high, low, _internal, partitions, _rights, _tags = answer.topics[0]
        if code:
            raise BrokerFailed(f"{self._topic}: {for_code(code).__name__}")
        return Life(UUID(int=(high & _64_BITS) << 64 | low & _64_BITS), len(partitions))

    async def commit(self, group: str, places: Mapping[int, int]) -> None:
        """Tell Kafka how far a group is, without being its member.

        A consumer with a group of its own would do that too, but then reading fails with the group: a missing right
        to the group, a coordinator that is away. So the request is sent beside the reading, on its own connection.
        """
        await limited(self._commit(group, places))

    async def _commit(self, group: str, places: Mapping[int, int]) -> None:
        client = self._client._client
        offsets = [(self._topic, [(part, off, "") for part, off in places.items()])]
        request = OffsetCommitRequest(group, _NO_GENERATION, _NO_MEMBER, _KEEP_AS_LONG_AS_THE_BROKER_DOES, offsets)
        node = await client.coordinator_lookup(CoordinationType.GROUP, group)
        answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
        for _topic, parts in answer.topics:
            for _part, code in parts:
                if code:
                    raise for_code(code)(group)

    def _places(self, parts: Collection[int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, part) for part in sorted(parts)]


class Admin:
    """Looks after topics. `async with`."""

    def __init__(self, bootstrap: str, cluster: Cluster) -> None:
        self._client: Any = AIOKafkaAdminClient(**client_options(bootstrap, cluster))

    async def __aenter__(self) -> "Admin":
        try:
            await limited(self._client.start())
        except BaseException:
            await _end(self._client.close)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await _end(self._client.close)

    async def names(self) -> list[str]:
        """Every topic that we may know of."""
        found: list[str] = await limited(self._client.list_topics())
        return found

    async def partitions(self, name: str) -> int | None:
        """How many partitions a topic has; None where there is no such topic."""
        found = await self._described(name)
        return None if found is None else len(found)

    async def found(self, name: str) -> Found | None:
        """A topic as it is; None where there is none."""
        partitions = await self._described(name)
        if partitions is None:
            return None
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        (answer,) = await limited(self._client.describe_configs([resource]))
        config = {entry[0]: entry[1] for entry in answer.resources[0][4]}
        return Found(len(partitions), min(len(partition["replicas"]) for partition in partitions), config)

    async def create(self, topic: Topic) -> None:
        """Make a topic, and wait until the broker leads all its partitions: it answers before that."""
        new = NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=topic.config)
        try:
            await limited(self._client.create_topics([new]))
        except BrokerFailed as error:
            if not isinstance(error.__cause__, TopicAlreadyExistsError):  # somebody else was faster
                raise
        await limited(self._until_led(topic.name, topic.partitions))

    async def grow(self, name: str, partitions: int) -> None:
        """Give a topic more partitions."""
        await limited(self._client.create_partitions({name: NewPartitions(partitions)}))
        await limited(self._until_led(name, partitions))

    async def _until_led(self, name: str, partitions: int) -> None:
        while True:
            found = await self._described(name)
            if found is not None and len(found) >= partitions and all(one["error_code"] == 0 for one in found):
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _described(self, name: str) -> list[Any] | None:
        (topic,) = await limited(self._client.describe_topics([name]))
        if topic["error_code"] == UnknownTopicOrPartitionError.errno:
            return None
        if topic["error_code"]:
            raise BrokerFailed(f"{name}: {for_code(topic['error_code']).__name__}")
        found: list[Any] = topic["partitions"]
        return found


class _TopicAnswer(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("id_high", Int64),
                ("id_low", Int64),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _TopicRequest(RequestStruct):  # type: ignore[misc]  # aiokafka has no types
    """Metadata, version 12: the first that tells a topic's id (KIP-516), and beyond what aiokafka asks for."""

    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _TopicAnswer
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("id_high", Int64), ("id_low", Int64), ("name", CompactString("utf-8")), ("tags", TaggedFields)
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _AskTopic(Request[_TopicRequest]):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_TopicRequest]) -> _TopicRequest:
        return request_struct_class([(0, 0, self._topic, {})], False, False, {})


def _messages(taken: Mapping[Any, Sequence[Any]]) -> list[Any]:
    """What was taken of some partitions, one after the other."""
    return [message for messages in taken.values() for message in messages]


async def _end(*closers: Callable[[], Awaitable[object]]) -> None:
    """Close a client; where that fails half way, close what it left open. A dead broker is not waited for."""
    for close in closers:
        with suppress(BrokerFailed):
            await limited(close(), END_LIMIT_S)
            return


def _disregard(task: "asyncio.Future[Any]") -> None:
    """Nobody waits for it any more: what it ends with is of no interest."""
    if not task.cancelled():
        task.exception()
