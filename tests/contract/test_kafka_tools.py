"""What the tools of others see: Kafka's own group offsets, and the topic's records as kcat reads them."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from shared.bus import kafka_lag
from shared.bus.kafka import KafkaSource, Mirror
from shared.ids import new_id
from tests.contract.brokers import LazyBroker
from tests.contract.test_bus import PARTITIONS, Bus, relayed
from tests.world import World

pytestmark = pytest.mark.kafka

GROUP = "siyu.inventory-sharing.trade"


async def committed(address: str, group: str) -> dict[int, int]:
    """How far Kafka's own admin says a group is, by partition; nothing while Kafka still makes room for groups."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        places = [TopicPartition("trade", part) for part in range(PARTITIONS)]
        found = await admin.list_consumer_group_offsets(group, partitions=places)
        return {place.partition: told.offset for place, told in found.items()}
    except GroupCoordinatorNotAvailableError:
        return {}
    finally:
        await admin.close()


async def ends(address: str) -> dict[int, int]:
    """Where trade's topic ends, by partition."""
    mirror = Mirror("trade", address, PARTITIONS)
    try:
        await mirror.open()
        return await mirror.ends()
    finally:
        await mirror.close()


async def until_committed(bus: Bus, address: str, places: dict[int, int]) -> None:
    """Come back for more until Kafka knows that all this was read."""
    while await committed(address, GROUP) != places:
        bus.positions |= (await bus.source.fetch(bus.positions, 500)).after


async def test_kafkas_own_tools_see_how_far_each_reader_is(
    world: World, broker: LazyBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_lag, "_EVERY_S", 0.1)
    address = await broker.address()
    source = KafkaSource("trade", address, PARTITIONS, reader="inventory_sharing")
    bus = Bus(world, source)
    await bus.begin()
    try:
        async with relayed(world, address):
            await bus.say(*(f"line {number}" for number in range(20)))
            await bus.read(20)
            end = await ends(address)
            await asyncio.wait_for(until_committed(bus, address, end), 30)
            await bus.say("one more")
            (record,) = await bus.read(1)
            await asyncio.sleep(0.5)  # long enough to be told of
            behind = await ends(address)
            assert behind[record.part] == end[record.part] + 1, "nobody came back for more: not committed yet"
            assert (await committed(address, GROUP))[record.part] == end[record.part]
    finally:
        await source.close()


async def test_a_reader_without_a_name_tells_kafka_nothing(world: World, broker: LazyBroker) -> None:
    source = KafkaSource("trade", await broker.address(), PARTITIONS)
    await source.open()
    assert source._committing is None
    await source.close()


async def kcat(address: str, *arguments: str) -> list[Any]:
    """The records of trade's topic as kcat, of Debian's packages, reads them."""
    if not shutil.which("kcat"):
        pytest.fail("kcat, which is to read what we write, is missing. `apt-get install kcat` installs it.")
    command = ("kcat", "-b", address, "-t", "trade", "-C", "-e", "-q", "-J", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, complained.decode()
    return [json.loads(line) for line in said.splitlines()]


def pairs(headers: Sequence[str]) -> dict[str, str]:
    """Headers as kcat prints them: name, value, name, value."""
    return dict(zip(headers[::2], headers[1::2], strict=True))


async def test_kcat_reads_events_as_cloudevents_of_binary_mode(world: World, broker: LazyBroker) -> None:
    address = await broker.address()
    bus = Bus(world, KafkaSource("trade", address, PARTITIONS))
    await bus.begin()
    async with relayed(world, address):
        voice = f"voice of {new_id()}"
        await bus.say("你好", voice=voice)
        (record,) = await bus.read(1)
    await bus.source.close()
    (seen,) = [one for one in await kcat(address, "-p", str(record.part)) if one["key"] == voice]
    headers = pairs(seen["headers"])
    assert json.loads(seen["payload"]) == json.loads(record.body)
    assert {name: value for name, value in headers.items() if name.startswith("ce_") or name == "content-type"} == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(record.event_id),
        "ce_type": "trade.line.spoken.v1",
        "ce_source": "/trade",
        "ce_time": record.at.isoformat(),
        "ce_partitionkey": voice,
        "ce_cause": "test",
        "ce_traceparent": record.trace,
    }
    assert (headers["src"], headers["off"]) == ("trade", str(record.off))
