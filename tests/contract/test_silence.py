"""A line that falls silent without being closed: found out once, for all lines that lie idle, and told in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from shared.db.pool import Pool
from tests.faults.proxy import Proxy
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = 5
LIMIT_S = 2.0
OF_ONE = "select pg_backend_pid()"


class Crossing(NamedTuple):
    """A pool, and what stands between it and its database."""

    pool: Pool
    between: Proxy


@pytest_asyncio.fixture(loop_scope="module")
async def crossing(world: World) -> AsyncIterator[Crossing]:
    """A pool whose every line has been used and lies idle."""
    dsn = urlsplit(world.suite.host.role_dsn("siyu_member"))
    assert dsn.port is not None
    between = Proxy(dsn.port)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pool = Pool(dsn._replace(netloc=f"{dsn.netloc.rpartition(':')[0]}:{port}").geturl(), LINES, limit_s=LIMIT_S)
    await pool.open()
    assert len(await backends(pool)) == LINES
    yield Crossing(pool, between)
    await pool.close()
    server.close()


async def backends(pool: Pool) -> set[int]:
    """Every line at once: who answers at the other end."""
    async with AsyncExitStack() as taken:
        lines = [await taken.enter_async_context(pool.connection()) for _ in range(LINES)]
        return {await line.fetchval(OF_ONE) for line in lines}


async def test_one_who_waits_in_vain_spares_all_who_come_after(crossing: Crossing) -> None:
    before = await backends(crossing.pool)
    crossing.between.forget()
    with pytest.raises(TimeoutError):
        await crossing.pool.fetch(OF_ONE)
    after = await backends(crossing.pool)
    assert before.isdisjoint(after)


async def test_lines_that_give_a_sign_of_life_are_kept(crossing: Crossing) -> None:
    before = await backends(crossing.pool)
    with pytest.raises(TimeoutError):
        await crossing.pool.fetch("select pg_sleep(60)")
    after = await backends(crossing.pool)
    assert len(before & after) == LINES - 1
