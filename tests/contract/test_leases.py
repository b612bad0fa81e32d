"""Leases: one beat for all that a process reads, which waits for nobody; what the dead and the hung leave is taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import pytest_asyncio

from deploy.suite.serve import Suite
from deploy.suite.services import all_services
from shared.bus.leases import Leases
from tests.world import World

SOURCES = ("left", "right")
PARTS = frozenset(range(8))
LEASE_S = 2.0
_TABLES = ("lease", "reader")
_SESSION_ENDED = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@dataclass
class Rota:
    """Two logs of eight partitions, read for member by several processes."""

    world: World

    async def process(self, owner: str, lease_s: float = LEASE_S) -> Leases:
        """A process that reads for member."""
        leases = Leases(self.world.suite.running["member"].context.database, owner, lease_s)
        for source in SOURCES:
            await leases.begin(source, PARTS)
        return leases

    async def runs_out(self, owner: str) -> None:
        """Time passes: what this process holds is over, though it does not know."""
        for table in _TABLES:
            past = f"update member.{table} set until = now() - interval '1 second' where owner = $1"
            await self.world.admin.execute(past, owner)


@pytest_asyncio.fixture
async def rota(world: World) -> AsyncIterator[Rota]:
    yield Rota(world)
    for table in _TABLES:
        await world.admin.execute(f"delete from member.{table} where source = any($1::text[])", list(SOURCES))


async def held(leases: Leases) -> list[frozenset[int]]:
    """What a process holds of each log, told anew."""
    leases.doubt()
    return [await leases.held(source) for source in SOURCES]


async def test_who_waited_for_longer_than_a_lease_is_told_what_it_holds(rota: Rota) -> None:
    one = await rota.process("one", lease_s=0.2)
    async with one._beating:
        waiting = asyncio.create_task(one.held("left"))
        await asyncio.sleep(0.3)
    assert await waiting == PARTS


async def test_who_is_alone_holds_everything_and_shares_evenly_with_who_comes(rota: Rota) -> None:
    one, two = await rota.process("one"), await rota.process("two")
    assert await held(one) == [PARTS, PARTS]
    assert await held(two) == [frozenset(), frozenset()]
    assert await held(one) == [frozenset(range(4))] * 2
    assert await held(two) == [frozenset(range(4, 8))] * 2


async def test_a_beat_for_one_log_renews_the_leases_of_all(rota: Rota) -> None:
    one = await rota.process("one")
    await held(one)
    one.doubt()
    await one.held("left")
    rows = await rota.world.rows("select distinct until from member.lease where owner = 'one'")
    assert len(rows) == 1, "renewed at one moment, by one statement"


async def test_what_a_dead_process_held_is_taken_when_its_time_is_over(rota: Rota) -> None:
    one, two = await rota.process("one"), await rota.process("two")
    await held(one)
    await rota.runs_out("one")
    assert await held(two) == [PARTS, PARTS]
    assert [row["owner"] for row in await rota.world.rows("select owner from member.reader where source = 'left'")] == [
        "two"
    ]


async def test_who_died_before_the_databases_clock_went_back_is_as_dead(rota: Rota) -> None:
    one, two = await rota.process("one"), await rota.process("two")
    await held(one)
    for table in _TABLES:
        ahead = f"update member.{table} set until = now() + interval '1 hour' where owner = 'one'"
        await rota.world.admin.execute(ahead)
    assert await held(two) == [PARTS, PARTS]


async def test_who_lived_on_while_the_databases_clock_went_back_holds_what_it_held(rota: Rota) -> None:
    one = await rota.process("one")
    await held(one)
    await rota.world.admin.execute("update member.lease set until = now() + interval '1 hour' where owner = 'one'")
    assert await held(one) == [PARTS, PARTS]
    rows = await rota.world.rows("select max(until) < now() + interval '1 minute' as is_soon from member.lease")
    assert rows[0]["is_soon"]


async def test_a_zombie_learns_that_it_holds_nothing(rota: Rota) -> None:
    one, two = await rota.process("one"), await rota.process("two")
    await held(one)
    await rota.runs_out("one")
    await held(two)
    assert await held(one) == [frozenset(), frozenset()]


async def test_a_beat_does_not_wait_for_who_stopped_while_holding_a_lock(rota: Rota) -> None:
    one, two = await rota.process("one"), await rota.process("two")
    await held(one)
    await rota.runs_out("one")
    stopped = await asyncpg.connect(rota.world.suite.host.role_dsn("siyu_member"))
    try:
        await stopped.execute("begin")
        await stopped.execute("select from lease where source = 'left' and part < 3 for update")
        await stopped.execute("select from reader where owner = 'one' for update")
        async with asyncio.timeout(1):
            assert await held(two) == [PARTS - {0, 1, 2}, PARTS]
    finally:
        await stopped.close()


async def test_a_log_whose_reader_hangs_goes_to_another_process(rota: Rota) -> None:
    one, two = await rota.process("one"), await rota.process("two")
    await held(one)
    await held(two)
    async with asyncio.timeout(5 * LEASE_S):
        while await two.held("left") != PARTS:
            assert await one.held("right") == await one.held("right")  # it goes on to ask for this one alone
            await asyncio.sleep(LEASE_S / 10)
    assert await two.held("right") != PARTS


async def test_what_is_given_up_cleanly_can_be_had_at_once(rota: Rota) -> None:
    one, two = await rota.process("one", lease_s=600), await rota.process("two", lease_s=600)
    await held(one)
    for source in SOURCES:
        await one.release(source)
    assert await held(two) == [PARTS, PARTS]


async def test_a_process_that_stops_in_a_transaction_frees_its_rows_before_its_lease_is_over(rota: Rota) -> None:
    lock = "select from member.lease where source = 'left' for update"
    await rota.process("one")
    async with process_with_leases_of_a_second(rota.world) as suite:
        with suppress(*_SESSION_ENDED):
            async with suite.running["member"].context.database.reading() as stopped:
                await stopped.execute("begin")
                await stopped.execute(lock)
                await asyncio.wait_for(rota.world.admin.execute(lock), 1)


@asynccontextmanager
async def process_with_leases_of_a_second(world: World) -> AsyncIterator[Suite]:
    """Another process on the same database, which does nothing of its own."""
    settings = world.scratch.settings.model_copy(update={"lease_s": 1})
    suite = Suite(all_services(), settings, world.scratch.secrets, every=list(all_services()), clock=world.clock)
    await suite.start(frozenset())
    try:
        yield suite
    finally:
        await suite.stop()
