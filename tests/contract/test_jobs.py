"""Time in: each due time is claimed once, by whoever comes first, and nobody asks before anything can be due."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared import jobs
from shared.bus import leases
from shared.context import Context
from shared.db.pool import Pool
from shared.jobs import Job
from tests.world import World


async def _nothing(_context: Context) -> int:
    return 0


SOON, LATE = Job("test soon", _nothing, 2), Job("test late", _nothing, 3600)
BOTH = (SOON, LATE)
_PLANS = "select custom_plans from pg_prepared_statements where statement = any($1)"
_TRIED_BEFORE = 5  # plans for just these values, before PostgreSQL sees whether one for all is as good
_ALL_IS_COUNTED_S = 11.0  # a session that fell silent tells what it did after ten seconds
_RESTS_S = 8.0
_MOST_IN_A_SECOND = 25


@pytest_asyncio.fixture
async def context(world: World) -> AsyncIterator[Context]:
    """Member's, with two jobs more, due at once."""
    context = world.suite.running["member"].context
    await jobs.begin(context, BOTH)
    yield context
    await world.admin.execute("delete from member.job where name like 'test %'")


async def test_what_is_due_is_claimed_once_though_many_ask_at_once(context: Context) -> None:
    claims = await asyncio.gather(*(jobs.claim(context, BOTH) for _ in range(5)))
    assert sorted(job.name for claim in claims for job in claim.jobs) == ["test late", "test soon"]


async def test_the_next_look_is_when_the_first_falls_due(context: Context) -> None:
    first, second = await jobs.claim(context, BOTH), await jobs.claim(context, BOTH)
    assert first.again_in_s == 2
    assert list(second.jobs) == []
    assert second.again_in_s == pytest.approx(2, abs=1)


async def test_what_is_never_due_soon_is_looked_at_every_ten_seconds(context: Context) -> None:
    assert (await jobs.claim(context, (LATE,))).again_in_s == 10


async def test_a_time_set_before_the_databases_clock_went_back_has_come(context: Context, world: World) -> None:
    await jobs.claim(context, BOTH)
    await world.admin.execute("update member.job set due_at = now() + interval '3 hours' where name = 'test late'")
    assert (await jobs.claim(context, BOTH)).jobs == [LATE]


async def test_a_job_that_runs_still_is_not_claimed_and_is_asked_for_in_its_own_time(context: Context) -> None:
    claimed = await jobs.claim(context, BOTH, running={"test soon"})
    assert (list(claimed.jobs), claimed.again_in_s) == ([LATE], 2)
    assert (await jobs.claim(context, BOTH)).jobs == [SOON]


async def test_jobs_that_fall_due_within_a_moment_are_claimed_together(context: Context, world: World) -> None:
    await jobs.claim(context, BOTH)
    await world.admin.execute(
        "update member.job set due_at = now() + case name when 'test late' then '90 ms'::interval else '0 s' end"
        " where name like 'test %'"
    )
    assert sorted(job.name for job in (await jobs.claim(context, BOTH)).jobs) == ["test late", "test soon"]


async def test_what_is_asked_again_and_again_at_rest_is_planned_once(world: World) -> None:
    pool = Pool(world.suite.host.role_dsn("siyu_member"), 1)
    await pool.open()
    try:
        async with pool.connection() as connection, connection.transaction():
            for _ in range(12):
                await connection.fetch(leases._BEAT, ["directory", "trade"], "nobody", 0.0)
                await connection.fetch(jobs._CLAIM, ["test none", "test nothing"], [1.0, 2.0], 0.0)
            plans = await connection.fetch(_PLANS, [leases._BEAT, jobs._CLAIM])
        assert [row["custom_plans"] for row in plans] == [_TRIED_BEFORE, _TRIED_BEFORE]
    finally:
        await pool.close()


async def test_a_suite_at_rest_leaves_its_database_in_peace(world: World) -> None:
    await world.settled()
    await asyncio.sleep(_ALL_IS_COUNTED_S)
    before = await _transactions(world)
    await asyncio.sleep(_RESTS_S)
    assert await _transactions(world) - before < _MOST_IN_A_SECOND * _RESTS_S


async def _transactions(world: World) -> int:
    sql = "select xact_commit + xact_rollback as times from pg_stat_database where datname = current_database()"
    return int((await world.rows(sql))[0]["times"])
