"""Foreign producers and the inboxes they write to, for the tests of those who read them.

What writes is none of ours: aiokafka's plain producer.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete

from shared.auth.caller import Caller, Kind
from shared.bus.hearing import Hearing
from shared.bus.inboxes import Brokers, Inboxes
from shared.bus.kafka import LOCAL
from shared.bus.kafka_client import Admin
from shared.bus.kafka_topics import Topic, inbox_topic, topic_of
from shared.bus.leases import Leases
from shared.bus.reader import Terms
from shared.ids import new_id
from tests.services.tickets import shop_saved
from tests.world import Chain, World

WAIT_S = 60.0


@dataclass
class Foreign:
    """A brand whose ERP writes straight to its inbox, and the ways a test looks at what became of it."""

    world: World
    address: str
    service: str = "trade"
    chain: Chain = field(init=False)
    shop_id: UUID = field(default_factory=new_id)
    readers: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chain = Chain(self.world)

    @property
    def topic(self) -> Topic:
        """The brand's inbox."""
        return inbox_topic(self.service, self.chain.brand_id, LOCAL)

    async def open(self) -> None:
        """A shop HZ001, known to everybody, and the inbox."""
        await self.world.say(shop_saved(self.chain, shop_id=self.shop_id))
        await self.world.settled()
        await self.make_topic()

    async def make_topic(self, **config: str) -> None:
        """Make the inbox, as declared but for this."""
        async with administering(self.address) as admin:
            topic = NewTopic(self.topic.name, 1, 1, topic_configs=self.topic.config | config)
            await admin.create_topics([topic])

    async def delete_topic(self) -> None:
        """Delete it, and wait until it is gone."""
        async with administering(self.address) as admin, asyncio.timeout(20):
            await admin.delete_topics([self.topic.name])
            while self.topic.name in await admin.list_topics():
                await asyncio.sleep(0.05)

    async def forget(self, before: int) -> None:
        """Retention takes what lies before this offset."""
        async with administering(self.address) as admin:
            place = TopicPartition(self.topic.name, 0)
            await admin.delete_records({place: RecordsToDelete(before)})

    async def write(self, *values: bytes | dict[str, Any] | None, key: bytes | None = None) -> None:
        """Write records, in order."""
        async with producing(self.address) as producer:
            for value in values:
                body = json.dumps(value).encode() if isinstance(value, dict) else value
                await producer.send_and_wait(self.topic.name, body, key)

    def read(self, owner: str = "one") -> None:
        """Begin to read, as a process with the role `readers` does. It holds leases of one second."""
        running = self.world.suite.running[self.service]
        inbox = running.service.inbox
        assert inbox is not None, f"{self.service} takes nothing from outside"
        database = running.context.database
        terms = Terms(Leases(database, f"{owner} {self.chain.brand_id}", lease_s=1), Hearing(), 0.01)
        take = partial(inbox.take, running.context)
        reading = Inboxes(self.service, database, take, terms, Brokers(self.address, LOCAL))
        self.readers[owner] = asyncio.create_task(reading.run())

    async def die(self, owner: str = "one") -> None:
        """That process dies in the middle of whatever it does, and gives nothing back."""
        task = self.readers.pop(owner)
        task.cancel()
        await asyncio.wait({task})

    async def close(self) -> None:
        """Read no more, drop the dead letters, forget the inbox."""
        for owner in list(self.readers):
            await self.die(owner)
        keeper = self.keeper()
        for letter in await self.dead():
            await keeper.post(f"/{topic_of(self.service)}/v1/dead-letters/{letter['event_id']}:drop")
        async with Admin(self.address, LOCAL) as admin:
            is_there = self.topic.name in await admin.names()
        if is_there:
            await self.delete_topic()

    def keeper(self) -> httpx.AsyncClient:
        """Who keeps the deployment running."""
        return self.world.client(Caller(Kind.KEEPER, UUID(int=0), UUID(int=0), shop_ids=None))

    async def dead(self) -> list[Any]:
        """The dead letters of this inbox, in order."""
        sql = f"select * from {self.service}.dead_letter where source = $1 order by off"
        return await self.world.rows(sql, self.topic.name)

    async def cursor(self) -> int:
        """How far its reader is, counted through the lives of the topic."""
        sql = f"select off from {self.service}.cursor where source = $1"
        rows = await self.world.rows(sql, self.topic.name)
        return int(rows[0]["off"]) if rows else 0

    async def taken(self, count: int) -> None:
        """Wait until the reader stands at this offset."""
        await until(partial(self._stands_at, count))

    async def has_dead(self, count: int) -> list[Any]:
        """Wait for so many dead letters; answers them."""

        async def has_so_many() -> bool:
            return len(await self.dead()) == count

        await until(has_so_many)
        return await self.dead()

    async def _stands_at(self, count: int) -> bool:
        return await self.cursor() == count


@asynccontextmanager
async def writing(world: World, address: str, service: str = "trade") -> AsyncIterator[Foreign]:
    """A brand whose ERP may write, until the block ends."""
    foreign = Foreign(world, address, service)
    await foreign.open()
    try:
        yield foreign
    finally:
        await foreign.close()


async def until(is_so: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(WAIT_S):
        while not await is_so():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def producing(address: str, **options: Any) -> AsyncIterator[Any]:
    """A producer as anybody would make one."""
    producer = AIOKafkaProducer(bootstrap_servers=address, max_request_size=2**24, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def administering(address: str, **options: Any) -> AsyncIterator[Any]:
    """Kafka's own doors."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address, **options)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
