"""Apache Kafka as the product's client module shows it, drawn: appends of unknown fate, tails that are lost."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from enum import Enum, auto
from functools import partial
from typing import Any, NamedTuple

from shared.bus.kafka_client import BrokerFailed, Message, PlaceLost
from shared.bus.kafka_topics import Topic
from tests.faults.simulator.loop import OF_NO_PROCESS, Loop

_LATEST_WRITE_S = 6.0
_CALL_LIMIT_S = 10.0


class Fate(Enum):
    """What becomes of a write that fails."""

    REFUSED = auto()
    WRITTEN = auto()
    HALF_WRITTEN = auto()
    WRITTEN_LATER = auto()


class Kept(NamedTuple):
    """A message as a topic keeps it."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Broker:
    """One broker: its topics, and how unsteady the way there is. Its methods stand for the client's classes."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.is_up = True
        self.is_unsteady = True
        self.topics: dict[str, list[list[Kept]]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def producer(self, topic: str, _bootstrap: str, _cluster: object) -> "Producer":
        """Stands for `Producer`."""
        return Producer(self, topic)

    def consumer(self, topic: str, _bootstrap: str, _cluster: object) -> "Consumer":
        """Stands for `Consumer`."""
        return Consumer(self, topic)

    def admin(self, _bootstrap: str, _cluster: object) -> "Admin":
        """Stands for `Admin`."""
        return Admin(self)

    def append(self, topic: str, part: int, messages: Sequence[Message]) -> int:
        """Keep messages; answers where the first lies."""
        log = self.topics[topic][part]
        first = len(log)
        log.extend(Kept(part, first + place, *message) for place, message in enumerate(messages))
        waiting, self._waiting = self._waiting, []
        for waits in waiting:
            if not waits.done():
                waits.set_result(None)
        return first

    def count(self, topic: str) -> int:
        """How many messages a topic has."""
        return sum(len(log) for log in self.topics[topic])

    def lose_tail(self, topic: str, most: int) -> int:
        """Forget the newest records of each partition, acknowledged though they are; answers how many."""
        lost = 0
        for log in self.topics.get(topic, ()):
            count = min(len(log), self.loop.chance.randint(0, most))
            lost += count
            if count:
                del log[-count:]
        return lost

    async def way(self) -> None:
        """A message to the broker and its answer; raises where it is away, slow or moody."""
        drawn = self.loop.chance.random()
        await asyncio.sleep(drawn * 0.003 if drawn < 0.97 else drawn * 0.1)
        if self.is_unsteady and self.loop.chance.random() < 0.003:
            await asyncio.sleep(_CALL_LIMIT_S)
            raise BrokerFailed("no answer within 10 s")
        if not self.is_up or (self.is_unsteady and self.loop.chance.random() < 0.01):
            raise BrokerFailed("the broker is away")

    async def news(self, within_s: float) -> None:
        """Wait for something new, or for the time to be over."""
        waits: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append(waits)
        await asyncio.wait({waits}, timeout=within_s)


class Client:
    """What all clients have."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._topic = topic

    async def start(self) -> None:
        """Connect."""
        await self._broker.way()

    async def stop(self) -> None:
        """Disconnect; whatever happens."""
        await asyncio.sleep(0.001)

    def _logs(self) -> list[list[Kept]]:
        return self._broker.topics[self._topic]


class Producer(Client):
    """Writes to one topic."""

    async def write(self, part: int, messages: Sequence[Message]) -> int:
        """Write messages, or some of them, or none, or later; a failure doesn't say which."""
        await self._broker.way()
        chance = self._broker.loop.chance
        if not self._broker.is_unsteady or chance.random() > 0.03:
            first = self._broker.append(self._topic, part, messages)
            await asyncio.sleep(chance.random() * 0.003)
            return first
        match chance.choice(list(Fate)):
            case Fate.WRITTEN:
                self._broker.append(self._topic, part, messages)
            case Fate.HALF_WRITTEN:
                self._broker.append(self._topic, part, messages[: len(messages) // 2])
            case Fate.WRITTEN_LATER:
                late = partial(self._broker.append, self._topic, part, messages)
                self._broker.loop.call_later(chance.uniform(0, _LATEST_WRITE_S), late, context=OF_NO_PROCESS)
            case Fate.REFUSED:
                pass
        raise BrokerFailed("the connection broke over a write")


class Consumer(Client):
    """Reads one topic from places it is told."""

    def __init__(self, broker: Broker, topic: str) -> None:
        super().__init__(broker, topic)
        self._places: dict[int, int | None] = {}

    def assign(self, parts: Collection[int]) -> None:
        """Read these partitions and no others."""
        self._places = dict.fromkeys(sorted(parts))

    def seek(self, part: int, off: int) -> None:
        """Go on from there."""
        assert part in self._places, "sought in a partition that is not assigned"
        self._places[part] = off

    async def take(self, within_s: float, most: int) -> list[Kept]:
        """What comes within that time; a broker that is away looks like one that has nothing."""
        until = self._broker.loop.time() + within_s
        while True:
            await asyncio.sleep(self._broker.loop.chance.random() * 0.002)
            found = self._found(most, most) if self._broker.is_up else []
            left = until - self._broker.loop.time()
            if found or left <= 0:
                return found
            await self._broker.news(left)

    async def take_evenly(self, most: int, each: int) -> list[Kept]:
        """About so many of what has come by now, of each partition its share first."""
        await asyncio.sleep(self._broker.loop.chance.random() * 0.002)
        if not self._broker.is_up:
            return []
        found = self._found(len(self._places) * each, each)
        return found + self._found(most - len(found), most) if len(found) < most else found

    def _found(self, most: int, each: int) -> list[Kept]:
        places = {part: place for part, place in self._places.items() if place is not None}
        assert len(places) == len(self._places), "read from a partition before it was told where"
        lost = [part for part, place in places.items() if place > len(self._logs()[part])]
        if lost:
            raise PlaceLost(lost)
        found: list[Kept] = []
        chance = self._broker.loop.chance
        for part in chance.sample(list(places), len(places)):
            some = self._logs()[part][places[part] : places[part] + min(each, most - len(found))]
            if self._broker.is_unsteady:
                some = some[: chance.randint(0, len(some))]  # a fetch brings what fits into it
            self._places[part] = places[part] + len(some)
            found += some
        return found

    async def begins(self, parts: Collection[int]) -> dict[int, int]:
        """The oldest place in each partition."""
        await self._broker.way()
        return dict.fromkeys(parts, 0)

    async def ends(self, parts: Collection[int]) -> dict[int, int]:
        """The next place in each partition."""
        await self._broker.way()
        return {part: len(self._logs()[part]) for part in parts}

    async def commit(self, _group: str, _places: Mapping[int, int]) -> None:
        """Taken note of."""
        await self._broker.way()


class Admin:
    """Looks after topics. `async with`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def __aenter__(self) -> "Admin":
        await self._broker.way()
        return self

    async def __aexit__(self, *_: Any) -> None:
        await asyncio.sleep(0)

    async def partitions(self, name: str) -> int | None:
        """How many partitions a topic has; None where there is no such topic."""
        await self._broker.way()
        return len(self._broker.topics[name]) if name in self._broker.topics else None

    async def create(self, topic: Topic) -> None:
        """Make a topic."""
        await self._broker.way()
        self._broker.topics.setdefault(topic.name, [[] for _ in range(topic.partitions)])
