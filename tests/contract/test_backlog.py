"""How a backlog is read: once, and of all its partitions alike."""

from collections import Counter
from collections.abc import Collection
from typing import Any

import pytest

from shared.bus.kafka import KafkaSource
from shared.bus.log_source import LogSource
from shared.bus.source import Position, share_of_one
from shared.db.pool import Pool
from shared.ids import new_id
from shared.log.partition import partition_of
from tests.contract.brokers import LazyBroker
from tests.contract.inboxes import until
from tests.contract.test_bus import PARTITIONS, Bus, LineSpoken, mirror_at, relayed
from tests.world import World


class CountingPool(Pool):
    """Connections that count the records which are read; heads are asked for without a place."""

    rows = 0

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        """The rows, counted where they are records."""
        rows = await super().fetch(sql, *values)
        self.rows += len(rows) if values else 0
        return rows


async def test_a_backlog_of_one_partition_is_read_once_however_much_is_asked_for(world: World) -> None:
    database, brand_id = world.suite.running["trade"].context.database, new_id()
    dsn = world.suite.host.role_dsn("siyu_trade_reader")
    source = LogSource("trade", dsn)
    source._pool = pool = CountingPool(dsn, 2)
    await source.open()
    part = partition_of("long story", PARTITIONS)
    head = (await source.heads())[part]
    async with database.transaction() as tx:
        for line in range(1500):
            tx.emit(LineSpoken(brand_id=brand_id, voice="long story", text=str(line)))
    await source.heads()
    asked_before = pool.rows
    fetched = await source.fetch({part: Position(head.next, 0, head.incarnation)}, 1000)
    assert [record.off - head.next for record in fetched.records] == list(range(1500))
    assert pool.rows - asked_before == 1500
    await source.close()


def fetched_by(source: KafkaSource) -> Collection[object]:
    """The partitions of which the client has fetched something that nobody has taken yet."""
    return source._consumer._client._fetcher._records.keys() if source._consumer else ()


@pytest.mark.kafka
async def test_a_backlog_of_a_topic_is_read_from_all_its_partitions_alike(world: World, broker: LazyBroker) -> None:
    address = await broker.address()
    source = KafkaSource("trade", address, PARTITIONS)
    bus = Bus(world, source)
    async with relayed(world, address), mirror_at(address) as topic:
        mirrored_before = sum((await topic.ends()).values())

        async def is_mirrored() -> bool:
            return sum((await topic.ends()).values()) - mirrored_before >= PARTITIONS * 200

        async def is_fetched() -> bool:
            return len(fetched_by(source)) == PARTITIONS

        for voice in {partition_of(f"v{number}", PARTITIONS): f"v{number}" for number in range(40)}.values():
            await bus.say(*(str(line) for line in range(200)), voice=voice)
        await until(is_mirrored)
        await bus.begin()
        bus.positions |= (await source.fetch(bus.positions, 1)).after
        await until(is_fetched)
        taken = Counter(record.part for record in (await source.fetch(bus.positions, 100)).records)
        await source.close()
    assert set(taken) == set(range(PARTITIONS))
    assert max(taken.values()) <= share_of_one(100, PARTITIONS)
