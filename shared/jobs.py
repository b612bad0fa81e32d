"""Jobs: time in. Each runs once per due time, whichever of many processes comes first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.context import Context

Run = Callable[[Context], Awaitable[int]]

_MOST_PAGES = 1000

_BEGIN = "insert into job (name) values ($1) on conflict do nothing"
_CLAIM = """
update job set due_at = now() + make_interval(secs => $2) where name = $1 and due_at <= now() returning true
"""


@dataclass(frozen=True)
class Job:
    """A sweep: done a page at a time, again and again until a page was empty."""

    name: str
    run: Run
    every_s: float

    @property
    def look_s(self) -> float:
        """How often to see whether it is due: ten times while it is not, within reason."""
        return min(self.every_s, max(1.0, min(10.0, self.every_s / 10)))


def every(seconds: float) -> Callable[[Run], Job]:
    """Make a job of a function that does one page of work in its own transaction and answers how much it did."""
    return lambda run: Job(run.__name__, run, seconds)


async def begin(context: Context, job: Job) -> None:
    """List a job, due at once, where it is new."""
    async with context.database.transaction() as tx:
        await tx.execute(_BEGIN, job.name)


async def run_if_due(context: Context, job: Job) -> int:
    """Run the job if this process is the first to see it due; answers how much it did."""
    async with context.database.reading() as tx:  # one statement is a transaction of its own
        if not await tx.value(_CLAIM, job.name, job.every_s):
            return 0
    return await run_now(context, job)


async def run_now(context: Context, job: Job) -> int:
    """Run the job whether due or not; answers how much it did."""
    done = 0
    for _ in range(_MOST_PAGES):
        page = await job.run(context)
        done += page
        if not page:
            break
    return done
