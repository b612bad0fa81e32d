"""A brand's inbox: the topic that its foreign producers write to, as a reader of this service sees it.

A reader stands at Kafka's own offset, counted on through the lives of the topic: one that was deleted and made anew,
or whose broker lost its tail, begins the next life and is read from its oldest record on. That does no harm, for
whatever comes through an inbox names itself, and is taken once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import structlog

from shared.bus.hearing import Hearing
from shared.bus.kafka import UNSEEN
from shared.bus.kafka_client import BrokerFailed, Consumer, Life, PlaceLost
from shared.bus.kafka_cluster import Cluster
from shared.bus.kafka_lag import Telling
from shared.bus.kafka_reading import KafkaReading
from shared.bus.kafka_topics import INBOX_PARTITIONS, TopicDiffers
from shared.bus.source import Fetched, Head, Position
from shared.clock import steady_s
from shared.events.event import Event, Heard, Record, UnreadableEvent
from shared.ids import derived_id
from shared.trace import trace_of

logger = structlog.get_logger()

MOST_BYTES = 2**20  # as at the till's door
A_LIFE = 10**12  # offsets of one life of a topic; no topic has seen so many

_PART = 0  # the one partition of an inbox
_LONGEST_KEY = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 4_102_444_800_000  # the year 2100: a producer's clock may say anything
_LOOK_EVERY_S = 3.0
_STUCK_AFTER_S = 10.0


class Written(Event, frozen=True, kw_only=True):
    """What a foreign producer wrote, byte for byte; whose it is shows by its topic. It is heard, and never said."""

    TYPE: ClassVar[str] = "inbox.record.written.v1"
    KEY: ClassVar[str] = "key"

    key: str
    body: bytes


class Opening(Hearing):
    """Opens the records of one brand's inbox. What they mean is for the service to read."""

    def __init__(self, brand_id: UUID) -> None:
        super().__init__()
        self._brand_id = brand_id

    def hear(self, record: Record, kind: type[Event]) -> Heard[Event]:
        """Hand a record on; raises `UnreadableEvent` where it is empty or too large to be looked into."""
        if not record.body:
            raise UnreadableEvent("the record has no value, and nothing is ever deleted through an inbox")
        if len(record.body) > MOST_BYTES:
            raise UnreadableEvent(f"the record has {len(record.body):,} bytes, {MOST_BYTES:,} are allowed")
        written = Written(brand_id=self._brand_id, key=record.key, body=record.body)
        return Heard(record.event_id, record.at, record.trace, written)


class InboxSource(KafkaReading):
    """A reader's view of one inbox. `name` is the topic's, `reader` the service for which it is read."""

    def __init__(self, name: str, reader: str, bootstrap: str, cluster: Cluster) -> None:
        super().__init__()
        self.name = name
        self._bootstrap = bootstrap
        self._cluster = cluster
        self._telling = Telling(reader, name)
        self._life = Life(UNSEEN, INBOX_PARTITIONS)
        self._expected: Position | None = None  # what the reader will come with, if all goes well
        self._stands = 0
        self._looked_at = 0.0
        self._ahead_since: float | None = None

    async def open(self) -> None:
        """Connect, and see which life of the topic this is."""
        self._consumer = Consumer(self.name, self._bootstrap, self._cluster)
        await self._consumer.start()
        self._life = await self._consumer.life()
        if self._life.partitions != INBOX_PARTITIONS:
            raise TopicDiffers(
                f"{self.name} has {self._life.partitions} partitions: an inbox has {INBOX_PARTITIONS}, "
                "for its records are taken in order. Delete it and let `siyu topics` make it"
            )
        self._looked_at = steady_s()
        self._telling.begin(self._consumer)

    async def close(self) -> None:
        """Disconnect; a dead broker is not waited for."""
        consumer, self._consumer, self._expected, self._buffer = self._consumer, None, None, []
        self._ahead_since = None
        await self._telling.end()
        if consumer is not None:
            await consumer.stop()

    async def heads(self) -> Mapping[int, Head]:
        """The partition; which life of the topic it is shows when something is read."""
        return {_PART: Head(0, UNSEEN)}

    async def _stand_at(self, consumer: Consumer, positions: Mapping[int, Position]) -> None:
        """Go to where the table says we are, as far as the topic still has it."""
        place = positions[_PART]
        if place == self._expected:
            self._telling.settled = {_PART: self._stands % A_LIFE}
            return
        consumer.assign([_PART])
        begin, end = (await consumer.begins([_PART]))[_PART], (await consumer.ends([_PART]))[_PART]
        self._stands = standing(place, self._life.id, begin, end)
        if self._stands // A_LIFE > place.off // A_LIFE:
            logger.error("inbox made anew", inbox=self.name, stood_at=place.off, goes_on_at=self._stands)
        elif self._stands > place.off:
            logger.error("inbox records lost", inbox=self.name, stood_at=place.off, goes_on_at=self._stands)
        consumer.seek(_PART, self._stands % A_LIFE)
        self._expected, self._buffer = place, []

    async def _fill(self, consumer: Consumer, within_s: float, most: int) -> None:
        try:
            self._buffer = await consumer.take(within_s, most)
        except PlaceLost:
            self._expected = None  # retention or a new topic has passed us: stand anew
            return
        if steady_s() - self._looked_at > _LOOK_EVERY_S:
            await self._look(consumer)

    async def _take(self, _consumer: Consumer, messages: Sequence[Any]) -> Fetched:
        """Every message is a record."""
        if not messages:
            return Fetched([], {})
        records = [_record(self.name, self._stands // A_LIFE, message) for message in messages]
        self._stands = records[-1].off + 1
        self._expected = Position(self._stands, 0, self._life.id)
        return Fetched(records, {_PART: self._expected})

    async def _look(self, consumer: Consumer) -> None:
        """The watchdog: connect anew where the topic was made anew, or nothing comes though there is something."""
        self._looked_at = steady_s()
        if await consumer.life() != self._life:
            raise BrokerFailed(f"{self.name} was made anew")
        is_behind = await consumer.reached(_PART) < (await consumer.ends([_PART]))[_PART]
        if self._buffer or not is_behind:
            self._ahead_since = None
            return
        self._ahead_since = self._ahead_since or self._looked_at
        if self._looked_at - self._ahead_since > _STUCK_AFTER_S:
            raise BrokerFailed(f"{self.name}: nothing comes though there is something")


def standing(place: Position, life: UUID, begin: int, end: int) -> int:
    """Where to read on from a place in a topic that holds what lies from `begin` to `end` in this life.

    Beyond its end or in an earlier life we know nothing of it: all is read, in the next life. What retention took
    before we came is lost, and we go on behind it.
    """
    lives, offset = divmod(place.off, A_LIFE)
    if place.incarnation not in (UNSEEN, life) or offset > end:
        return (lives + 1) * A_LIFE + begin
    return place.off + max(0, begin - offset)


def _record(name: str, lives: int, message: Any) -> Record:
    off = lives * A_LIFE + message.offset
    at = _EPOCH + timedelta(milliseconds=min(max(0, message.timestamp), _LATEST_MS))
    event_id = derived_id(at, name, off)
    traceparent = dict(message.headers).get("traceparent") or b""
    trace = trace_of(traceparent.decode("latin-1"))
    key = key_of(message.key, event_id)
    return Record(_PART, off, event_id, key, Written.TYPE, at, "", trace, message.value or b"")


def key_of(key: bytes | None, event_id: UUID) -> str:
    """A foreign key as text, whatever its bytes: what must stay in order. A record without one waits for nobody."""
    if key is None:
        return str(event_id)
    text = key.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    return text if len(text) <= _LONGEST_KEY else hashlib.sha256(key).hexdigest()
