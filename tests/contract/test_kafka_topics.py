"""The declared topics, and another number of partitions for logs that live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from typer.testing import CliRunner

from deploy.suite.command import app
from deploy.suite.scratch import Scratch, scratch_database
from deploy.suite.serve import Suite
from deploy.suite.services import all_services
from deploy.suite.topics import NotNow, bring_about, change_partitions, declared
from shared.bus.kafka import KafkaSource, Mirror
from shared.bus.kafka_client import Admin
from shared.bus.kafka_cluster import Cluster
from shared.bus.kafka_topics import DAY_MS, Found, Topic, TopicDiffers, differences, service_topic
from shared.ids import new_id
from shared.log import partition_of
from shared.settings import Settings
from tests.contract.brokers import LazyBroker, forget_topics
from tests.contract.test_bus import LineSpoken
from tests.world import SetClock, World

HEARS = {name: [source.replace("-", "_") for source in service.sources] for name, service in all_services().items()}
TRADE = service_topic("trade", 8, Cluster(replication=3))


def test_the_table_holds_a_topic_for_each_service_and_the_inboxes_of_a_brand() -> None:
    brand_id = new_id()
    settings = Settings(partitions=16, kafka_replication=3, kafka_retention_days=30)
    topics = declared(["inventory_sharing"], settings, [brand_id])
    assert [topic.name for topic in topics] == [
        "inventory-sharing", f"inbox.trade.{brand_id}", f"inbox.inventory-sharing.{brand_id}",
    ]  # fmt: skip
    assert [topic.partitions for topic in topics] == [16, 1, 1]
    assert {topic.replication for topic in topics} == {3}
    assert {topic.retention_ms for topic in topics} == {30 * DAY_MS}


def test_a_mirrored_topic_is_kept_whole_and_for_ever_unless_told_otherwise() -> None:
    assert TRADE.config["cleanup.policy"] == "delete"
    assert TRADE.config["retention.ms"] == TRADE.config["retention.bytes"] == "-1"


def test_what_was_acknowledged_is_on_more_than_one_of_three_brokers() -> None:
    assert TRADE.config["min.insync.replicas"] == "2"
    assert Topic("trade", 8).config["min.insync.replicas"] == "1"


def test_a_topic_as_declared_has_no_differences() -> None:
    assert differences(TRADE, Found(8, 3, TRADE.config)) == []


def test_each_difference_says_what_to_do_about_it() -> None:
    said = differences(TRADE, Found(4, 1, TRADE.config | {"cleanup.policy": "compact"}))
    assert [sentence.partition(":")[0] for sentence in said] == [
        "trade has 4 partitions, SIYU_PARTITIONS says 8",
        "trade is kept 1 times, not 3",
        "trade has cleanup.policy=compact, not delete",
    ]
    assert all(sentence.partition(":")[2] for sentence in said)


@pytest.mark.kafka
async def test_the_command_creates_what_is_missing_once_and_then_finds_it_as_declared(broker: LazyBroker) -> None:
    settings = Settings(kafka_bootstrap=await broker.address(), partitions=3)
    topics = declared(["quiet", "shy"], settings, [new_id()])
    created, differ = await bring_about(topics, settings)
    assert (created, differ) == ([topic.name for topic in topics], [])
    assert await bring_about(topics, settings) == ([], [])


@pytest.mark.kafka
async def test_the_command_reports_what_differs_and_ends_with_a_failure(broker: LazyBroker) -> None:
    address = await broker.address()
    async with Admin(address, Cluster()) as admin:
        await admin.create(Topic("loud", 2))
    settings = Settings(kafka_bootstrap=address, partitions=4, kafka_retention_days=1)
    created, differ = await bring_about(declared(["loud"], settings), settings)
    assert created == []
    assert [sentence.partition(":")[0] for sentence in differ] == [
        "loud has 2 partitions, SIYU_PARTITIONS says 4", f"loud has retention.ms=-1, not {DAY_MS}",
    ]  # fmt: skip


@pytest.mark.kafka
async def test_siyu_topics_ends_with_a_failure_where_something_differs(broker: LazyBroker) -> None:
    address = await broker.address()

    def siyu_topics(days: str) -> tuple[int, str]:
        environment = {"SIYU_KAFKA_BOOTSTRAP": address, "SIYU_KAFKA_RETENTION_DAYS": days}
        ended = CliRunner().invoke(app, ["topics"], env=environment)
        return ended.exit_code, ended.output

    async with fresh_topics(address):
        first, again, other = [await asyncio.to_thread(siyu_topics, days) for days in ("9", "9", "8")]
    assert (first[0], again, other[0]) == (0, (0, ""), 1)
    assert "created inventory-sharing" in first[1]
    assert f"trade has retention.ms={9 * DAY_MS}, not {8 * DAY_MS}" in other[1]


@pytest.mark.kafka
async def test_readers_and_relays_refuse_a_topic_with_another_number_of_partitions(broker: LazyBroker) -> None:
    address = await broker.address()
    source = KafkaSource("proud", address, 2)
    await source.open()
    await source.close()
    for number in (1, 4):
        for other in (KafkaSource("proud", address, number), Mirror("proud", address, number)):
            with pytest.raises(
                TopicDiffers, match=f"proud has 2 partitions, SIYU_PARTITIONS says {number}: set it to 2"
            ):
                await other.open()
            await other.close()


@asynccontextmanager
async def at_work(scratch: Scratch, partitions: int) -> AsyncIterator[World]:
    """The suite on a database that outlives it."""
    settings = scratch.settings.model_copy(update={"partitions": partitions})
    clock = SetClock()
    suite = Suite(all_services(), settings, scratch.secrets, every=list(all_services()), clock=clock)
    admin = await asyncpg.create_pool(scratch.admin_dsn, min_size=1, max_size=2)
    await suite.start()
    try:
        yield World(scratch, suite, clock, admin)
    finally:
        await suite.stop()
        await admin.close()


def lines(voices: int, text: str) -> list[LineSpoken]:
    """One line of each voice."""
    brand_id = new_id()
    return [LineSpoken(brand_id=brand_id, voice=f"v{voice}", text=text) for voice in range(voices)]


@pytest.mark.kafka
async def test_a_log_and_its_topic_get_more_partitions_and_every_key_stays_in_order(broker: LazyBroker) -> None:
    address = await broker.address()
    told = {"bus": "kafka", "kafka_bootstrap": address, "partitions": 2, "most_connections": 5}
    async with scratch_database(list(all_services()), **told) as scratch, fresh_topics(address):
        async with at_work(scratch, 2) as world:
            await world.say(*lines(12, "before"))
            await world.settled(60)
        assert await change_partitions(scratch.admin_dsn, HEARS, scratch.settings, 4) == 2
        async with at_work(scratch, 4) as world:
            await world.say(*lines(12, "after"))
            await world.settled(60)
            rows = await world.rows("select part, key, body from trade.log order by part, off")
            assert await world.dead_letters() == []
        places = {(row["key"], b"after" in row["body"]): row["part"] for row in rows}
        assert len(places) == 24
        for key in {key for key, _ in places}:
            before, after = places[key, False], places[key, True]
            assert (before, after) == (partition_of(key, 2), partition_of(key, 4))
            assert after in (before, before + 2), "a key stays, or moves to a partition that nobody has read yet"
        assert {part for (_, is_after), part in places.items() if is_after} == {0, 1, 2, 3}


@asynccontextmanager
async def fresh_topics(bootstrap: str) -> AsyncIterator[None]:
    """No topic of the services before and after: the broker is shared with other tests."""
    await forget_topics(bootstrap)
    try:
        yield
    finally:
        await forget_topics(bootstrap)


async def test_the_number_changes_only_when_all_is_stopped_read_and_alive() -> None:
    async with scratch_database(list(all_services()), partitions=2, most_connections=5) as scratch:

        async def refused(to: int = 4) -> str:
            with pytest.raises(NotNow) as refusal:
                await change_partitions(scratch.admin_dsn, HEARS, scratch.settings, to)
            return str(refusal.value)

        async with at_work(scratch, 2) as world:
            assert (await refused()).startswith("Still at work: ")
            await world.settled()
        assert "only a multiple" in await refused(3)
        assert "only a multiple" in await refused(2)
        admin = await asyncpg.connect(scratch.admin_dsn)
        try:
            await admin.execute("update trade.log_head set next = 5 where part = 1")
            assert "has 5 events of trade to read" in await refused()
            await admin.execute("update trade.log_head set next = 0 where part = 1")
            await admin.execute(
                "insert into member.dead_letter values"
                " ('trade', 0, 0, gen_random_uuid(), 'k', 't', now(), '', '', '', 'bug', 1, now())"
            )
            assert "member has 1 dead letters" in await refused()
            assert await admin.fetchval("select count(*) from trade.log_head") == 2
            await admin.execute("delete from member.dead_letter")
            assert await change_partitions(scratch.admin_dsn, HEARS, scratch.settings, 4) == 2
            assert await admin.fetchval("select count(*) from trade.log_head") == 4
        finally:
            await admin.close()
