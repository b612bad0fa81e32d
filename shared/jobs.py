"""Jobs: time in. Each runs once per due time, whichever of many processes comes first."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.context import Context

Run = Callable[[Context], Awaitable[int]]

_MOST_PAGES = 1000
_LONGEST_WAIT_S = 10.0  # a due time may have been brought forward
_TOGETHER_S = 0.1  # what falls due within it is claimed along, so that jobs of one rhythm stay in step

_BEGIN = "insert into job (name) select unnest($1::text[]) on conflict do nothing"
# One statement for all jobs. What another process claims just now is none of ours, and its next time is not known yet.
# A time later than any could be was set before the database's clock went back: it has come.
# Which jobs are asked for is hidden from the planner: else it makes a plan for just these at each claim, which takes
# it longer than the claim itself.
_CLAIM = """
with hidden as materialized (
  select $1::text[] as names, $2::float8[] as every_s, now() + make_interval(secs => $3) as soon),
listed as (select unnest(names) as name, unnest(every_s) as every_s, soon from hidden),
due as (
  select job.name, every_s from job join listed using (name)
   where due_at <= soon or due_at > now() + make_interval(secs => 2 * every_s) for update of job skip locked),
claimed as (
  update job set due_at = now() + make_interval(secs => every_s) from due where job.name = due.name
  returning job.name)
select name, claimed.name is not null as is_ours,
       case when due_at > now() then extract(epoch from due_at - now())::float8 else every_s end as due_in_s
  from job join listed using (name) left join claimed using (name)
"""


@dataclass(frozen=True)
class Job:
    """A sweep: done a page at a time, again and again until a page was empty."""

    name: str
    run: Run
    every_s: float


class Claimed(NamedTuple):
    """What this process is to run now, and how soon to ask again."""

    jobs: Sequence[Job]
    again_in_s: float


def every(seconds: float) -> Callable[[Run], Job]:
    """Make a job of a function that does one page of work in its own transaction and answers how much it did."""
    return lambda run: Job(run.__name__, run, seconds)


async def begin(context: Context, jobs: Sequence[Job]) -> None:
    """List jobs, due at once, where they are new."""
    async with context.database.reading() as tx:
        await tx.execute(_BEGIN, [job.name for job in jobs])


async def claim(context: Context, jobs: Sequence[Job], running: Collection[str] = ()) -> Claimed:
    """Claim the jobs that are due, as the first process to see it, but for those that are running here still."""
    asked = {job.name: job for job in jobs if job.name not in running}
    async with context.database.reading() as tx:  # one statement is a transaction of its own
        rows = await tx.fetch(_CLAIM, list(asked), [job.every_s for job in asked.values()], _TOGETHER_S)
    waits_s = [
        _LONGEST_WAIT_S,
        *(row["due_in_s"] for row in rows),
        *(job.every_s for job in jobs if job.name in running),
    ]
    return Claimed([asked[row["name"]] for row in rows if row["is_ours"]], min(waits_s))


async def run_now(context: Context, job: Job) -> int:
    """Run the job whether due or not; answers how much it did."""
    done = 0
    for _ in range(_MOST_PAGES):
        page = await job.run(context)
        done += page
        if not page:
            break
    return done
