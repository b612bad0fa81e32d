"""What the clients of Kafka do when it does not answer: they say so, they come back, and they never hang."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.kafka.broker import Broker
from shared.bus import kafka
from shared.bus.kafka import UNSEEN, KafkaSource
from shared.bus.kafka_client import CALL_LIMIT_S, END_LIMIT_S, BrokerFailed
from shared.bus.source import Position
from tests.contract.brokers import FrailBroker
from tests.contract.test_bus import PARTITIONS, Bus, read_through_failures, relayed, trade_relay
from tests.world import World

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

OLDEST = {part: Position(0, 0, UNSEEN) for part in range(PARTITIONS)}
CLOSERS = 3  # what a client is closed by, each with a limit


class Service:
    """A broker that is hurt, and readers of it."""

    def __init__(self, broker: FrailBroker) -> None:
        self.broker = broker
        self._sources: list[KafkaSource] = []

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.broker.address

    def source(self) -> KafkaSource:
        """A reader's view of trade's topic, closed when the test ends."""
        self._sources.append(KafkaSource("trade", self.address, PARTITIONS, reader="member"))
        return self._sources[-1]

    async def close_sources(self) -> None:
        """Close them all."""
        await asyncio.gather(*(source.close() for source in self._sources))


@pytest_asyncio.fixture(scope="module")
async def frail() -> AsyncIterator[FrailBroker]:
    """One for all tests of this file, and for no others."""
    with tempfile.TemporaryDirectory(prefix="siyu-kafka-", ignore_cleanup_errors=True) as folder:
        broker = FrailBroker(await Broker.start(Path(folder)), Path(folder))
        yield broker
        await broker.stop()


@pytest_asyncio.fixture
async def service(frail: FrailBroker) -> AsyncIterator[Service]:
    """The broker as new."""
    await frail.heal()
    service = Service(frail)
    try:
        yield service
    finally:
        await frail.heal()
        await service.close_sources()


async def until_it_fails(source: KafkaSource) -> None:
    """Read on until the broker's death is noticed."""
    while True:
        await source.news(OLDEST, 0.2)


async def test_a_reader_whose_broker_is_away_is_told_so_and_is_not_cancelled(service: Service) -> None:
    sources = [service.source() for _ in range(8)]
    for source in sources:
        await source.news(OLDEST, 0.2)
    await service.broker.kill()
    async with asyncio.timeout(3 * CALL_LIMIT_S):
        ends = await asyncio.gather(*map(until_it_fails, sources), return_exceptions=True)
    assert [type(end) for end in ends] == [BrokerFailed] * 8
    for source in sources:
        with pytest.raises(BrokerFailed):
            await source.news(OLDEST, 0.2)
    await service.broker.start_again()
    for source in sources:
        assert not await source.news(OLDEST, 0.2)


async def test_to_close_what_reads_from_a_broker_that_just_died_cancels_nobody_else(service: Service) -> None:
    sources = [service.source() for _ in range(8)]
    for source in sources:
        await source.news(OLDEST, 0.2)
    await service.broker.kill()
    for source in sources:
        assert source._consumer is not None
        assert await source._consumer.take(0.2, 1) == [], "its fetches fail by now, and are tried again and again"
    closers = [asyncio.create_task(source.close()) for source in sources]
    ended, _ = await asyncio.wait(closers, timeout=2 * END_LIMIT_S)
    assert [task for task in ended if task.cancelled()] == []
    assert len(ended) == 8


async def test_what_was_said_while_the_broker_was_away_for_long_is_read_when_it_is_back(
    world: World, service: Service
) -> None:
    source = service.source()
    bus = Bus(world, source)
    await bus.begin()
    async with relayed(world, service.address):
        await bus.say("before")
        await bus.read(1)
        await service.broker.kill()
        await bus.say(*(f"meanwhile {line}" for line in range(20)))
        await asyncio.wait({asyncio.create_task(until_it_fails(source))}, timeout=2 * CALL_LIMIT_S)
        await service.broker.start_again()
        records = await read_through_failures(bus, 20)
    assert len({record.event_id for record in records}) == 20


async def test_a_client_that_silently_stopped_fetching_is_replaced(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_STUCK_AFTER_S", 1.0)
    source = service.source()
    bus = Bus(world, source)
    await bus.begin()
    async with relayed(world, service.address):
        await bus.say("before")
        await bus.read(1)
        assert source._consumer is not None
        fetcher = source._consumer._client._fetcher
        fetcher._fetch_task.cancel()  # as aiokafka's issue 1154 leaves it: alive and deaf
        await asyncio.gather(*fetcher._pending_tasks)
        await bus.say("after")
        with pytest.raises(BrokerFailed, match="nothing comes"):
            await bus.read(1)
        assert len(await bus.read(1)) == 1


async def test_a_reader_and_a_relay_of_a_frozen_broker_end_when_they_are_told_to(
    world: World, service: Service
) -> None:
    source = service.source()
    relay = await trade_relay(world, service.address)
    bus = Bus(world, source)
    await bus.begin()
    task = asyncio.create_task(relay.run())
    await bus.say("before")
    await bus.read(1)
    service.broker.freeze()
    await bus.say("never heard")
    reading = asyncio.create_task(until_it_fails(source))
    await asyncio.sleep(1.0)  # by then both wait for an answer
    relay.stop()
    async with asyncio.timeout(CALL_LIMIT_S + 2 * CLOSERS * END_LIMIT_S):
        await task
    reading.cancel()
    async with asyncio.timeout(CLOSERS * END_LIMIT_S):
        await asyncio.wait({reading})
        await service.close_sources()


async def test_everything_ends_when_it_is_cancelled_while_the_broker_is_frozen(service: Service) -> None:
    sources = [service.source() for _ in range(8)]
    for source in sources:
        await source.news(OLDEST, 0.2)
    service.broker.freeze()
    tasks = [asyncio.create_task(until_it_fails(source)) for source in sources]
    await asyncio.wait(tasks, timeout=1.0)
    for task in tasks:
        task.cancel()
    async with asyncio.timeout(1.0):
        await asyncio.wait(tasks)
    async with asyncio.timeout(2 * END_LIMIT_S):
        await asyncio.gather(*(source.close() for source in sources))
