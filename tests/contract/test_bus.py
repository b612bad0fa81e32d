"""One suite for both buses: the log read directly, and its mirror in a real Apache Kafka (`make test-kafka`)."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
import pytest_asyncio

from deploy.kafka.broker import Broker
from shared.bus.kafka import LOCAL, KafkaSource, Mirror
from shared.bus.kafka_cluster import Cluster
from shared.bus.leases import Leases
from shared.bus.log_source import LogSource
from shared.bus.relay import Relay
from shared.bus.source import Head, Position, Source, SourceBehind
from shared.events.event import Event, Record
from shared.ids import new_id
from shared.log.partition import partition_of
from tests.contract.brokers import LazyBroker, forget_topics
from tests.world import World

PARTITIONS = 4
LEASE_S = 2.0


class LineSpoken(Event, frozen=True, kw_only=True):
    """An event of this suite, said by trade."""

    TYPE: ClassVar[str] = "trade.line.spoken.v1"
    KEY: ClassVar[str] = "voice"

    voice: str
    text: str


class Bus:
    """A source under test, and what it takes to have something said and read."""

    def __init__(self, world: World, source: Source) -> None:
        self.world = world
        self.source = source
        self.positions: dict[int, Position] = {}
        self.brand_id = new_id()

    async def begin(self) -> None:
        """Stand at the oldest event."""
        heads = await self.source.heads()
        self.positions = {part: Position(0, 0, head.incarnation) for part, head in heads.items()}

    async def say(self, *lines: str, voice: str = "one") -> None:
        """Have lines said."""
        await self.world.say(*(LineSpoken(brand_id=self.brand_id, voice=voice, text=line) for line in lines))

    async def read(self, count: int, within_s: float = 30.0) -> list[Record]:
        """Read on until so many of this test's lines were read."""
        own: list[Record] = []
        async with asyncio.timeout(within_s):
            while len(own) < count:
                await self.source.news(self.positions, 0.5)
                fetched = await self.source.fetch(self.positions, 500)
                for record in fetched.records:
                    assert record.off == self.positions[record.part].off, "dense, in order, nothing twice"
                    self.positions[record.part] = self.positions[record.part]._replace(off=record.off + 1)
                self.positions |= fetched.after
                own += [record for record in fetched.records if str(self.brand_id).encode() in record.body]
        return own


@asynccontextmanager
async def relayed(
    world: World, address: str, cluster: Cluster = LOCAL, owner: str = "relay"
) -> AsyncIterator["asyncio.Task[None]"]:
    """A relay of trade's log, at work."""
    relay = await trade_relay(world, address, cluster, owner)
    task = asyncio.create_task(relay.run())
    try:
        yield task
    finally:
        relay.stop()
        await asyncio.wait({task}, timeout=30)
        assert task.done(), "a relay ends when it is told to"


async def trade_relay(world: World, address: str, cluster: Cluster = LOCAL, owner: str = "relay") -> Relay:
    """A relay of trade's log; its leases are short."""
    leases = Leases(world.suite.running["trade"].context.database, owner, LEASE_S)
    make_mirror = partial(Mirror, "trade", address, PARTITIONS, cluster)
    return Relay(await world.suite.host.log("trade"), make_mirror, leases)


@asynccontextmanager
async def mirror_at(address: str) -> AsyncIterator[Mirror]:
    """What trade's topic is written with, besides a relay."""
    mirror = Mirror("trade", address, PARTITIONS)
    try:
        await mirror.open()
        yield mirror
    finally:
        await mirror.close()


async def written(address: str) -> int:
    """How many records trade's topic has had."""
    async with mirror_at(address) as mirror:
        return sum((await mirror.ends()).values())


async def shared_by(world: World, *owners: str) -> None:
    """Wait until relays hold even shares of trade's log."""
    async with asyncio.timeout(5 * LEASE_S):
        while True:
            rows = await world.rows("select owner from trade.lease where source = 'kafka' and until > now()")
            if sorted(row["owner"] for row in rows) == sorted(owners * (PARTITIONS // len(owners))):
                return
            await asyncio.sleep(LEASE_S / 20)


@pytest_asyncio.fixture(params=["log", pytest.param("kafka", marks=pytest.mark.kafka)])
async def bus(world: World, broker: LazyBroker, request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """The bus, in each of its real implementations."""
    if request.param == "log":
        source = LogSource("trade", world.suite.host.role_dsn("siyu_trade_reader"))
        await source.open()
        bus = Bus(world, source)
        await bus.begin()
        yield bus
        await source.close()
        return
    address = await broker.address()
    mirror = KafkaSource("trade", address, PARTITIONS)
    async with relayed(world, address):
        bus = Bus(world, mirror)
        await bus.begin()
        yield bus
        await mirror.close()


async def test_what_is_said_is_read_with_all_its_attributes(bus: Bus) -> None:
    await bus.say("你好")
    (record,) = await bus.read(1)
    assert (record.type, record.key, record.cause) == ("trade.line.spoken.v1", "one", "test")
    assert record.at == bus.world.clock.at
    assert "你好" in record.body.decode()
    rows = await bus.world.rows("select event_id from trade.log where part = $1 and off = $2", record.part, record.off)
    assert rows[0]["event_id"] == record.event_id


async def test_lines_of_one_voice_stay_in_order_and_in_one_partition(bus: Bus) -> None:
    for number in range(5):
        await asyncio.gather(*(bus.say(f"{voice}:{number}", voice=f"v{voice}") for voice in range(8)))
    records = await bus.read(40)
    for voice in range(8):
        own = [record for record in records if record.key == f"v{voice}"]
        assert len({record.part for record in own}) == 1
        assert [record.body.decode().partition(f"{voice}:")[2][0] for record in own] == list("01234")


async def test_going_back_to_an_earlier_place_reads_the_same_again(bus: Bus) -> None:
    await bus.say("a", "b", "c")
    place = dict(bus.positions)
    first = await bus.read(3)
    bus.positions = place
    assert await bus.read(3) == first


async def test_news_wakes_a_reader_that_waits_and_only_then(bus: Bus) -> None:
    await bus.say("before")
    await bus.read(1)
    while await bus.source.news(bus.positions, 0.3):
        bus.positions |= (await bus.source.fetch(bus.positions, 500)).after
    assert not await bus.source.news(bus.positions, 0.3)
    waiting = asyncio.create_task(bus.source.news(bus.positions, 20))
    await bus.say("wake up")
    assert await waiting


async def test_a_log_that_began_a_new_life_is_not_read_on(bus: Bus) -> None:
    await bus.say("old life")
    await bus.read(1)
    bus.positions = {part: place._replace(incarnation=new_id()) for part, place in bus.positions.items()}
    await bus.say("new life")
    with pytest.raises(SourceBehind):
        await bus.read(1, within_s=10)


@pytest.mark.kafka
async def test_a_new_relay_goes_on_behind_the_last_record_that_is_really_there(
    world: World, broker: LazyBroker
) -> None:
    address = await broker.address()
    mirror = KafkaSource("trade", address, PARTITIONS)
    bus = Bus(world, mirror)
    await bus.begin()
    async with relayed(world, address):
        await bus.say("first")
        await bus.read(1)
    written_before = await written(address)
    for batch in range(3):
        async with relayed(world, address):
            await bus.say(*(f"{batch}:{line}" for line in range(10)), voice=f"v{batch}")
            await bus.read(10)
    assert await written(address) - written_before == 30, "none is mirrored twice"
    await mirror.close()


@pytest.mark.kafka
async def test_two_relays_share_the_partitions_and_write_each_record_once(world: World, broker: LazyBroker) -> None:
    address = await broker.address()
    mirror = KafkaSource("trade", address, PARTITIONS)
    bus = Bus(world, mirror)
    await bus.begin()
    async with relayed(world, address, owner="one"), relayed(world, address, owner="two"):
        await bus.say("first")
        await bus.read(1)
        await shared_by(world, "one", "two")
        written_before = await written(address)
        for batch in range(5):
            await bus.say(*(f"{batch}:{line}" for line in range(20)), voice=f"v{batch}")
        records = await bus.read(100)
        await shared_by(world, "one", "two")
    assert len({record.event_id for record in records}) == 100
    assert await written(address) - written_before == 100
    await mirror.close()


@pytest.mark.kafka
async def test_what_a_dead_relay_mirrored_moves_to_another_within_seconds(world: World, broker: LazyBroker) -> None:
    address = await broker.address()
    mirror = KafkaSource("trade", address, PARTITIONS)
    bus = Bus(world, mirror)
    await bus.begin()
    async with relayed(world, address, owner="one") as dies, relayed(world, address, owner="two"):
        await shared_by(world, "one", "two")
        dies.cancel()
        await asyncio.wait({dies})
        voices = {partition_of(f"v{number}", PARTITIONS): f"v{number}" for number in range(100)}
        for voice in voices.values():
            await bus.say(*(f"line {line}" for line in range(10)), voice=voice)
        records = await bus.read(10 * PARTITIONS, within_s=5 * LEASE_S)
        assert {record.part for record in records} == set(range(PARTITIONS)), "the dead one's among them"
    await mirror.close()


@pytest.mark.kafka
async def test_a_repeat_at_the_end_of_the_topic_is_passed_once_and_wakes_nobody_again(
    world: World, broker: LazyBroker
) -> None:
    address = await broker.address()
    mirror = KafkaSource("trade", address, PARTITIONS)
    bus = Bus(world, mirror)
    await bus.begin()
    async with relayed(world, address):
        await bus.say("only once")
        (record,) = await bus.read(1)
    try:
        await write_again(bus, address, [record])
        while not await mirror.news(bus.positions, 5):
            pass
        assert (await mirror.fetch(bus.positions, 500)).records == []
        assert not await mirror.news(bus.positions, 0.3)
    finally:
        await mirror.close()


@pytest.mark.kafka
@pytest.mark.parametrize(("repeats", "is_away"), [(10, True), (100, False)], ids=["in the middle", "beyond the end"])
async def test_a_broker_that_lost_everything_is_filled_again_and_read_on_without_a_hole(
    world: World, repeats: int, is_away: bool
) -> None:
    """In the topic made anew its reader stands too far on, by as much as was written twice in the old one."""
    folder = Path(tempfile.mkdtemp(prefix="siyu-kafka-"))
    broker = await Broker.start(folder)
    port = broker.port
    mirror, newcomer = (KafkaSource("trade", broker.address, PARTITIONS) for _ in range(2))
    bus, anew = Bus(world, mirror), Bus(world, newcomer)
    anew.brand_id = bus.brand_id
    await bus.begin()
    await anew.begin()
    try:
        async with relayed(world, broker.address):
            await bus.say(*(f"before {line}" for line in range(100)))
            records = await bus.read(100)
            await write_again(bus, broker.address, records[:repeats])
            await bus.say("one more")
            await bus.read(1)
            if is_away:
                await mirror.close()
            await broker.stop()
            shutil.rmtree(folder)
            await bus.say(*(f"while away {line}" for line in range(20)))
            broker = await Broker.start(folder, port=port)
            await bus.say(*(f"after {line}" for line in range(20)))
            assert len({record.event_id for record in await read_through_failures(anew, 141)}) == 141
            assert len({record.event_id for record in await read_through_failures(bus, 40)}) == 40
    finally:
        await mirror.close()
        await newcomer.close()
        await broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.kafka
async def test_what_was_lost_just_as_a_relay_came_is_found_though_late_writes_made_up_for_its_length(
    world: World, broker: LazyBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.relay.PROVEN_AFTER_S", 0.5)
    monkeypatch.setattr("shared.bus.relay.LOOK_AT_BROKER_S", 600.0)
    address = await broker.address()
    mirror, newcomer = (KafkaSource("trade", address, PARTITIONS) for _ in range(2))
    bus, anew = Bus(world, mirror), Bus(world, newcomer)
    anew.brand_id = bus.brand_id
    await bus.begin()
    await anew.begin()
    async with relayed(world, address):
        await bus.say("first", "second")
        await bus.read(2)
    async with relayed(world, address):
        await bus.say("third")  # it stands where it came to
        (last,) = await bus.read(1)
        await mirror.close()
        await forget_and_grow(address, await (await world.suite.host.log("trade")).heads(), last)
        monkeypatch.setattr("shared.bus.relay.LOOK_AT_BROKER_S", 0.5)  # now that all is as long as it was
        assert len({record.event_id for record in await read_through_failures(anew, 3)}) == 3
    await newcomer.close()


async def forget_and_grow(address: str, heads: Mapping[int, Head], record: Record) -> None:
    """The topic has but this one record, and has it so often that every partition is as long as before."""
    async with mirror_at(address) as old:
        ends = await old.ends()
    await forget_topics(address)
    async with mirror_at(address) as writer:
        for part, end in ends.items():
            if end:
                await writer.write(part, [record._replace(part=part)] * end, heads[part].incarnation)
        assert await writer.ends() == ends


async def write_again(bus: Bus, address: str, records: list[Record]) -> None:
    """Write records of one partition once more, as a relay does that was not told how its last batch ended."""
    part = records[0].part
    async with mirror_at(address) as writer:
        await writer.write(part, records, bus.positions[part].incarnation)


async def read_through_failures(bus: Bus, count: int) -> list[Record]:
    """Read as a reader does: a broker that is away is waited for."""
    records: list[Record] = []
    async with asyncio.timeout(90):
        while len(records) < count:
            try:
                records += await bus.read(1)
            except OSError:
                await asyncio.sleep(0.2)
    return records
