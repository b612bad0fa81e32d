"""How inboxes are read: found while we run, shared by processes, each record once, whatever happens to the topic."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import NewPartitions

from deploy.suite.scratch import scratch_database
from deploy.suite.serve import Suite
from deploy.suite.services import all_services
from deploy.suite.topics import INBOX_OF
from shared.bus import inboxes
from shared.bus.inbox import A_LIFE, MOST_BYTES, InboxSource, Opening, Written, key_of, standing
from shared.bus.kafka import LOCAL, UNSEEN
from shared.bus.kafka_topics import TopicDiffers, brand_of, inbox_topic
from shared.bus.source import Position
from shared.events.event import Record, UnreadableEvent
from shared.events.trade import TicketPaid
from shared.ids import new_id
from shared.runtime import Role
from tests.contract.brokers import LazyBroker
from tests.contract.inboxes import Foreign, administering, producing, until, writing
from tests.services.trade.test_tickets import line, ticket
from tests.world import MORNING, SetClock, World

pytestmark = pytest.mark.timeout(120)

FIRST, SECOND = UUID(int=1), UUID(int=2)


def test_a_brand_is_known_by_its_topic_in_one_spelling_only() -> None:
    brand_id = new_id()
    assert brand_of(inbox_topic("trade", brand_id, LOCAL).name, "trade") == brand_id
    others = [f"inbox.trade.{str(brand_id).upper()}", f"inbox.trade.{brand_id.hex}", "inbox.trade.HZ", "trade"]
    assert [brand_of(name, "trade") for name in others] == [None] * 4
    assert brand_of(f"inbox.trade.{brand_id}", "inventory_sharing") is None


def test_a_reader_goes_on_where_it_stood_and_behind_what_retention_took() -> None:
    place = Position(5, 0, FIRST)
    assert standing(place, FIRST, begin=0, end=9) == 5
    assert standing(place, FIRST, begin=5, end=5) == 5
    assert standing(place, FIRST, begin=7, end=9) == 7
    assert standing(Position(0, 0, UNSEEN), FIRST, begin=0, end=9) == 0


def test_a_topic_made_anew_or_shorter_than_we_read_is_read_whole_in_its_next_life() -> None:
    assert standing(Position(5, 0, FIRST), SECOND, begin=0, end=9) == A_LIFE
    assert standing(Position(5, 0, FIRST), FIRST, begin=2, end=4) == A_LIFE + 2
    assert standing(Position(A_LIFE + 3, 0, SECOND), SECOND, begin=0, end=3) == A_LIFE + 3


def test_a_key_is_text_that_the_database_can_hold_whatever_its_bytes() -> None:
    own = new_id()
    assert key_of("店一".encode(), own) == "店一"
    assert key_of(None, own) == str(own)
    assert key_of(b"", own) == ""
    assert key_of(b"\x00\xff", own) == r"\x00\xff"
    assert key_of(b"a" * 5_000, own) != key_of(b"a" * 4_999 + b"b", own)
    assert len(key_of(b"a" * 5_000, own)) == 64


def test_what_is_opened_bears_the_brand_of_its_inbox_and_no_other() -> None:
    brand_id = new_id()

    def opened(body: bytes) -> Any:
        record = Record(0, 7, new_id(), "k", Written.TYPE, MORNING, "", "", body)
        return Opening(brand_id).hear(record, Written).fact

    body = json.dumps({"brand_id": str(new_id())}).encode()
    assert opened(body) == Written(brand_id=brand_id, key="k", body=body)
    for unreadable in (b"", b"x" * (MOST_BYTES + 1)):
        with pytest.raises(UnreadableEvent):
            opened(unreadable)


def test_the_inboxes_that_siyu_topics_creates_are_those_that_are_read() -> None:
    assert {name for name, service in all_services().items() if service.inbox} == set(INBOX_OF)


@pytest_asyncio.fixture
async def erp(world: World, broker: LazyBroker) -> AsyncIterator[Foreign]:
    """A brand whose ERP writes tickets."""
    async with writing(world, await broker.address()) as foreign:
        yield foreign


def sales(first: int, last: int) -> list[bytes | dict[str, Any] | None]:
    return [{"shop": "HZ001", "till": "T1", "ticket": ticket(str(number), line())} for number in range(first, last + 1)]


async def sold(erp: Foreign) -> list[int]:
    return [int(fact.number) for fact in await erp.world.said(TicketPaid, erp.chain.brand_id)]


@pytest.mark.kafka
async def test_an_inbox_that_is_made_while_we_run_is_found_and_one_that_goes_is_let_go(
    erp: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "LOOK_EVERY_S", 0.1)
    await erp.delete_topic()
    erp.read()
    newcomer = Foreign(erp.world, erp.address)
    try:
        await newcomer.open()
        await newcomer.write(*sales(1, 1))
        await newcomer.taken(1)
        await newcomer.delete_topic()
        await erp.make_topic()
        await erp.write(*sales(1, 2))
        await erp.taken(2)
        assert not erp.readers["one"].done()
    finally:
        await newcomer.close()


@pytest.mark.kafka
async def test_two_readers_share_an_inbox_and_when_one_dies_the_other_goes_on_and_nothing_counts_twice(
    erp: Foreign,
) -> None:
    erp.read("one")
    await erp.write(*sales(1, 30))
    await erp.taken(30)
    erp.read("two")
    writing = asyncio.create_task(erp.write(*sales(31, 300)))
    await until(partial(_is_beyond, erp, 60))
    await erp.die("one")
    await writing
    await erp.taken(300)
    assert await sold(erp) == list(range(1, 301))


async def _is_beyond(erp: Foreign, off: int) -> bool:
    return await erp.cursor() > off


@pytest.mark.kafka
async def test_a_record_read_twice_is_the_same_record_id_and_all(erp: Foreign) -> None:
    await erp.write(*sales(1, 3))
    sources = [InboxSource(erp.topic.name, "trade", erp.address, LOCAL) for _ in range(2)]
    place = {0: Position(0, 0, UNSEEN)}
    try:
        first, second = [await _fetched(source, place, 3) for source in sources]
        assert [record.off for record in first] == [0, 1, 2]
        assert [record.event_id for record in first] == [record.event_id for record in second]
        assert await _fetched(sources[0], place, 3) == first, "the table says we stand there, whatever we thought"
    finally:
        for source in sources:
            await source.close()


async def _fetched(source: InboxSource, place: dict[int, Position], count: int) -> list[Record]:
    records: list[Record] = []
    while len(records) < count:
        while not await source.news(place, 1):
            pass
        records = (await source.fetch(place, count)).records
    return [record._replace(trace="") for record in records]


@pytest.mark.kafka
async def test_a_topic_made_anew_is_read_whole_though_it_is_as_long_as_the_old_one_was(erp: Foreign) -> None:
    erp.read()
    await erp.write(*sales(1, 2), b"{")
    await erp.has_dead(1)
    await erp.delete_topic()
    await erp.make_topic()
    await erp.write(*sales(2, 3), b"[")
    await erp.taken(A_LIFE + 3)
    assert [letter["off"] for letter in await erp.has_dead(2)] == [2, A_LIFE + 2]
    assert await sold(erp) == [1, 2, 3]


@pytest.mark.kafka
async def test_records_that_retention_took_before_we_came_are_passed(erp: Foreign) -> None:
    erp.read()
    await erp.write(*sales(1, 2))
    await erp.taken(2)
    await erp.die()
    await erp.write(*sales(3, 6))
    await erp.forget(before=4)
    erp.read()
    await erp.taken(6)
    assert await sold(erp) == [1, 2, 5, 6]


@pytest.mark.kafka
async def test_what_a_producer_took_back_is_never_taken(erp: Foreign) -> None:
    erp.read()
    async with producing(erp.address, transactional_id=f"erp of {erp.chain.brand_id}") as producer:
        taken_back, kept = [json.dumps(sale).encode() for sale in sales(1, 2)]
        async with asyncio.timeout(30):
            await producer.begin_transaction()
            await producer.send_and_wait(erp.topic.name, taken_back)
            await producer.abort_transaction()
            async with producer.transaction():
                await producer.send_and_wait(erp.topic.name, kept)
    await until(partial(_is_beyond, erp, 0))
    assert await sold(erp) == [2]


@pytest.mark.kafka
async def test_an_inbox_of_more_partitions_is_held_and_holds_up_no_other(
    erp: Foreign, broker: LazyBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = InboxSource(erp.topic.name, "trade", erp.address, LOCAL)
    async with administering(erp.address) as admin:
        await admin.create_partitions({erp.topic.name: NewPartitions(2)})
    try:
        with pytest.raises(TopicDiffers, match="has 2 partitions: an inbox has 1"):
            await source.news({0: Position(0, 0, UNSEEN)}, 0.1)
    finally:
        await source.close()
    neighbour = Foreign(erp.world, erp.address)
    try:
        await neighbour.open()
        await neighbour.write(*sales(1, 1))
        erp.read()
        await neighbour.taken(1)
        assert await erp.cursor() == 0
    finally:
        await neighbour.close()


@pytest.mark.kafka
async def test_the_process_that_reads_takes_inboxes_by_itself(broker: LazyBroker) -> None:
    service = {"trade": all_services()["trade"]}
    told: dict[str, Any] = {
        "bus": "kafka",
        "kafka_bootstrap": await broker.address(),
        "partitions": 1,
        "most_connections": 5,
    }
    async with scratch_database(list(all_services()), **told) as scratch:
        clock = SetClock()
        suite = Suite(service, scratch.settings, scratch.secrets, every=list(all_services()), clock=clock)
        admin = await asyncpg.create_pool(scratch.admin_dsn, min_size=1, max_size=2)
        erp = Foreign(World(scratch, suite, clock, admin), told["kafka_bootstrap"])
        try:
            await erp.make_topic()
            await suite.start(frozenset({Role.READERS}))
            await admin.execute(
                "insert into trade.shop values ($1, $2, 'HZ001', 'Asia/Shanghai', 0, 1)",
                erp.shop_id,
                erp.chain.brand_id,
            )
            await erp.write(*sales(1, 1))
            await erp.taken(1)
            assert await sold(erp) == [1]
            await suite.stop()
            assert not [task for task in asyncio.all_tasks() if "inbox" in task.get_name()]
        finally:
            await suite.stop()
            await erp.close()
            await admin.close()
