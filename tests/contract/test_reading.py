"""Readers: each effect once, whoever fails, and what can't be taken in is put aside without holding up the rest."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest_asyncio

from deploy.suite.serve import Suite
from shared.auth.caller import Caller, Kind
from shared.bus import Listener, on
from shared.bus.hearing import Hearing
from shared.bus.leases import Leases
from shared.bus.reader import Reader, Terms
from shared.db import Tx
from shared.events.event import Event, Heard, Record, encode
from shared.ids import new_id
from shared.log.partition import murmur2
from tests.world import MORNING, World

_TABLE = "create table if not exists heard_note (text text not null, by text not null)"
_KEEP = "insert into heard_note (text, by) select unnest($1::text[]), $2"


class NoteWritten(Event, frozen=True, kw_only=True):
    """An event of these tests, said by trade and heard by member."""

    TYPE: ClassVar[str] = "trade.note.written.v1"
    KEY: ClassVar[str] = "pen"

    pen: str
    text: str


class NoteStruck(Event, frozen=True, kw_only=True):
    """Another: a note does not count any more."""

    TYPE: ClassVar[str] = "trade.note.struck.v1"
    KEY: ClassVar[str] = "pen"

    pen: str
    text: str


Note = NoteWritten | NoteStruck


@dataclass
class Desk:
    """A reader of notes, and the notes that took effect."""

    world: World
    brand_id: UUID
    poison: set[str] = field(default_factory=set)
    chokes_by: type[Exception] = ValueError
    readers: list[tuple[Reader, "asyncio.Task[None]"]] = field(default_factory=list)

    def listener(self, by: str, *kinds: type[Event]) -> Listener:
        """Keeps what it hears; chokes on poison."""

        @on(*kinds)
        async def keep(tx: Tx, heard: Sequence[Heard[Note]]) -> None:
            texts = [item.fact.text for item in heard if item.fact.brand_id == self.brand_id]
            if self.poison & set(texts):
                raise self.chokes_by(f"cannot swallow {sorted(self.poison & set(texts))}")
            await tx.execute(_KEEP, texts, by)

        return keep

    async def read(self, by: str = "one", *listeners: Listener) -> None:
        """Start a reader on member's database; each is an owner of leases of its own."""
        running = self.world.suite.running["member"]
        source = await self.world.suite.host.source("trade", "member")
        database = running.context.database
        terms = Terms(Leases(database, f"desk {by}", lease_s=10), Hearing(), 0.02)
        reader = Reader("member", database, _Renamed(source), listeners or [self.listener(by, NoteWritten)], terms)
        self.readers.append((reader, asyncio.create_task(reader.run())))

    async def write(self, *texts: str, pen: str = "blue") -> None:
        """Say notes."""
        await self.world.say(*(NoteWritten(brand_id=self.brand_id, pen=pen, text=text) for text in texts))

    async def kept(self, count: int) -> list[str]:
        """The notes that took effect, once there are so many."""
        async with asyncio.timeout(15):
            while True:
                rows = await self.world.rows("select text from member.heard_note")
                if len(rows) >= count:
                    return sorted(row["text"] for row in rows)
                await asyncio.sleep(0.02)

    async def dead(self, count: int) -> list[Any]:
        """The dead letters of this desk, once there are so many."""
        async with asyncio.timeout(15):
            while True:
                rows = await self.world.rows("select * from member.dead_letter where source = 'desk' order by off")
                if len(rows) == count:
                    return rows
                await asyncio.sleep(0.02)

    async def close(self) -> None:
        """Stop reading and leave nothing behind."""
        for reader, task in self.readers:
            reader.stop()
            await task
        for table in ("cursor", "lease", "reader", "dead_letter"):
            await self.world.admin.execute(f"delete from member.{table} where source = 'desk'")
        await self.world.admin.execute("drop table member.heard_note")


class _Renamed:
    """Trade's log under a name of this test's own, so that its cursors stand apart from member's real ones."""

    name = "desk"

    def __init__(self, source: Any) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


@pytest_asyncio.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    member = world.suite.running["member"].context.database
    async with member.transaction() as tx:
        await tx.execute(_TABLE)
    desk = Desk(world, new_id())
    yield desk
    await desk.close()


async def test_every_note_takes_effect_once_though_two_read(desk: Desk) -> None:
    await asyncio.gather(desk.read("one"), desk.read("two"))
    await asyncio.gather(*(desk.write(*(f"{pen}{n}" for n in range(20)), pen=f"pen {pen}") for pen in range(10)))
    await desk.kept(200)
    await asyncio.sleep(0.5)  # whoever takes a note a second time has done so by now
    assert await desk.kept(200) == sorted(f"{pen}{n}" for pen in range(10) for n in range(20))


async def test_each_listener_of_a_batch_hears_what_it_asked_for_in_order(desk: Desk) -> None:
    kinds: dict[str, tuple[type[Event], ...]] = {
        "written": (NoteWritten,), "struck": (NoteStruck,), "both": (NoteWritten, NoteStruck)
    }  # fmt: skip
    brand_id = desk.brand_id
    await desk.world.say(
        NoteWritten(brand_id=brand_id, pen="blue", text="a"),
        NoteStruck(brand_id=brand_id, pen="blue", text="a struck"),
        NoteWritten(brand_id=brand_id, pen="blue", text="b"),
    )
    await desk.read("one", *(desk.listener(by, *heard) for by, heard in kinds.items()))
    await desk.kept(6)
    rows = await desk.world.rows("select by, array_agg(text) as texts from member.heard_note group by by")
    assert {row["by"]: row["texts"] for row in rows} == {
        "written": ["a", "b"], "struck": ["a struck"], "both": ["a", "a struck", "b"]
    }  # fmt: skip


def test_an_event_is_decoded_once_for_all_that_listen_in_a_process_and_not_remembered_for_ever() -> None:
    hearing = Hearing(most=4)
    records = [
        Record(
            0,
            n,
            new_id(),
            "blue",
            NoteWritten.TYPE,
            MORNING,
            "",
            "",
            encode(NoteWritten(brand_id=new_id(), pen="blue", text=str(n))),
        )
        for n in range(6)
    ]
    first = [hearing.hear(record, NoteWritten) for record in records]
    again = [hearing.hear(record, NoteWritten) for record in reversed(records)]
    assert [one.fact for one in first] == [one.fact for one in reversed(again)]
    assert [one is other for one, other in zip(first, reversed(again), strict=True)] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]


async def test_a_reader_that_lost_its_lease_without_knowing_is_fenced_by_the_cursor(desk: Desk) -> None:
    await desk.read("one")
    await desk.write("first")
    await desk.kept(1)
    await desk.world.admin.execute("update member.cursor set off = off - 1 where source = 'desk' and off > 0")
    await desk.write("second")
    # The reader remembers a place that is not the table's any more: it must start from the table's, not from memory.
    kept = await desk.kept(3)
    assert kept == ["first", "first", "second"]


async def test_poison_is_put_aside_with_what_follows_of_its_key_and_the_rest_flows(desk: Desk) -> None:
    desk.poison = {"bad"}
    await desk.write("good 1", "bad", "after bad", pen="red")
    await desk.write("good 2", "good 3", pen="green")
    await desk.read()
    assert await desk.kept(3) == ["good 1", "good 2", "good 3"]
    dead = await desk.dead(2)
    assert [row["type"] for row in dead] == ["trade.note.written.v1"] * 2
    assert "cannot swallow" in dead[0]["error"]
    assert "waits behind" in dead[1]["error"]


async def test_what_breaks_a_constraint_however_often_it_is_tried_is_put_aside_and_the_rest_flows(desk: Desk) -> None:
    desk.poison, desk.chokes_by = {"bad"}, asyncpg.UniqueViolationError
    await desk.write("good 1", "bad", "good 2")
    await desk.read()
    assert await desk.kept(1) == ["good 1"]
    assert ["cannot swallow" in row["error"] for row in await desk.dead(2)] == [True, False]


async def test_a_mended_dead_letter_is_taken_and_those_behind_it_follow_in_order(desk: Desk) -> None:
    desk.poison = {"bad"}
    await desk.write("bad", "then this", pen="red")
    await desk.read()
    await desk.dead(2)
    desk.poison = set()
    assert await desk.kept(2) == ["bad", "then this"]
    assert await desk.dead(0) == []


async def test_a_keeper_lists_looks_retries_and_drops_dead_letters(desk: Desk) -> None:
    desk.poison = {"bad"}
    await desk.write("bad", "behind", pen="red")
    await desk.read()
    first, _ = await desk.dead(2)
    keeper = desk.world.client(Caller(Kind.KEEPER, UUID(int=0), UUID(int=0), shop_ids=None))
    listed = (await keeper.get("/member/v1/dead-letters")).json()["items"]
    assert [item["type"] for item in listed] == ["trade.note.written.v1"] * 2
    path = f"/member/v1/dead-letters/{first['event_id']}"
    assert '"text":"bad"' in (await keeper.get(path)).json()["body"]
    assert (await keeper.post(f"{path}:retry")).status_code == 202
    assert (await keeper.post(f"{path}:drop")).status_code == 200
    assert (await keeper.get(path)).status_code == 404
    assert await desk.kept(1) == ["behind"]


async def test_offsets_are_dense_and_a_refused_transaction_takes_none(world: World) -> None:
    database = world.suite.running["trade"].context.database
    brand_id = new_id()

    async def say(number: int) -> None:
        try:
            async with database.transaction() as tx:
                tx.emit(NoteWritten(brand_id=brand_id, pen=str(number), text="x"))
                if number % 3 == 0:
                    raise LookupError(number)
        except LookupError:
            pass

    await asyncio.gather(*(say(number) for number in range(60)))
    rows = await world.rows(
        "select part, count(*) as rows, max(off) + 1 as ends, min(off) as begins from trade.log group by part"
    )
    heads = {row["part"]: row["next"] for row in await world.rows("select part, next from trade.log_head")}
    assert all(row["begins"] == 0 and row["rows"] == row["ends"] == heads[row["part"]] for row in rows)
    assert len(await world.said(NoteWritten, brand_id)) == 40


def test_the_partition_is_the_one_that_kafka_chooses() -> None:
    # Vectors of Apache Kafka's own UtilsTest.testMurmur2, as signed 32-bit integers there.
    vectors = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    vectors |= {
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    }
    vectors |= {b"abc": 479470107}
    assert {key: murmur2(key) - 2**32 * (murmur2(key) >= 2**31) for key in vectors} == vectors


async def test_each_service_may_read_its_own_schema_and_nothing_of_a_sisters(world: World) -> None:
    suite: Suite = world.suite
    connection = await asyncpg.connect(suite.host.role_dsn("siyu_member"))
    reader = await asyncpg.connect(suite.host.role_dsn("siyu_trade_reader"))
    try:
        refused = []
        for who, sql in ((connection, "select 1 from trade.log"), (reader, "select 1 from trade.ticket")):
            try:
                await who.fetch(sql)
            except asyncpg.InsufficientPrivilegeError:
                refused.append(sql)
        assert len(refused) == 2
        assert await reader.fetchval("select count(*) from trade.log_head") > 0
        assert await connection.fetchval("select rolsuper from pg_roles where rolname = current_user") is False
    finally:
        await connection.close()
        await reader.close()
