"""P11 to P13: the suite as one command starts it, with nothing to do: how soon it is ready, what it takes meanwhile."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from deploy.folders import throw_away_folder
from deploy.ports import free_ports
from deploy.processes import Processes, Program
from deploy.suite.postgres import Cluster
from deploy.suite.run import answering, site
from shared.db.pool import plain_connection
from shared.settings import Settings
from tests.bench.place import family, spent_s
from tests.bench.rows import REPEATS, Row

SETTLES_S = 10.0
RESTS_S = 60.0  # one round of autovacuum is in it
LARGEST_MB = 400.0
LARGEST_SHARE = 2.0


class Rest(NamedTuple):
    """The suite at rest: megabytes beside PostgreSQL and the emulator; hundredths of a core, PostgreSQL included."""

    megabytes: float
    share: float


async def at_rest() -> list[Row]:
    """Start it in a home of its own, and again; look on while nothing happens."""
    with throw_away_folder("siyu-rest-") as home:
        await _time_to_ready(home)  # the first start makes everything
        await _tidy_up(home)
        async with _running(home) as (pid, took_s):
            rest = await _look_on(pid)
        ready_s = [took_s, *[await _time_to_ready(home) for _ in range(REPEATS - 1)]]
        alone_s = [await _postgres_alone(home / "postgres") for _ in range(REPEATS)]
    return [
        Row("P11", "second start to ready", median(ready_s), "s", median(alone_s), "PostgreSQL alone", "≤ 5 s"),
        Row("P12", "memory at rest", rest.megabytes, "MB", LARGEST_MB, "aim", "≤ 400 MB"),
        Row("P13", "processor at rest", rest.share, "% of a core", LARGEST_SHARE, "aim", "≤ 2 %"),
    ]


@asynccontextmanager
async def _running(home: Path) -> AsyncIterator[tuple[int, float]]:
    """`siyu run`, until the block ends; its process, and how long it took to be ready."""
    port, emulator_port = free_ports(2)
    environment = {**os.environ, "SIYU_HOME": str(home), "SIYU_PORT": str(port), "SIYU_METRICS_PORT": "0"}
    run = (sys.executable, "-m", "deploy.suite", "run", "--no-demo", f"--emulator-port={emulator_port}")
    async with Processes(home / "bench") as processes:
        begun = time.monotonic()
        await processes.start(Program("suite", run, environment))
        await answering(port, "/ready")
        yield processes.pid("suite"), time.monotonic() - begun


async def _tidy_up(home: Path) -> None:
    """What autovacuum would do in its first round, behind the making of all tables."""
    async with site(Settings.model_validate({"home": home})) as on, plain_connection(on.admin_dsn) as connection:
        await connection.execute("vacuum analyze")


async def _time_to_ready(home: Path) -> float:
    async with _running(home) as (_, took_s):
        return took_s


async def _look_on(pid: int) -> Rest:
    await asyncio.sleep(SETTLES_S)
    ours = [one for one in family(pid) if "deploy.emulator" not in _command(one)]
    before = sum(spent_s(one) for one in ours)
    await asyncio.sleep(RESTS_S)
    share = 100 * (sum(spent_s(one) for one in ours) - before) / RESTS_S
    return Rest(sum(_megabytes(one) for one in ours if "postgres" not in _command(one)), share)


async def _postgres_alone(folder: Path) -> float:
    begun = time.monotonic()
    cluster = await Cluster.start(folder)
    took_s = time.monotonic() - begun
    await cluster.stop()
    return took_s


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _megabytes(pid: int) -> float:
    """What a process holds, pages that others hold too in equal parts (proc(5), smaps_rollup: Pss, in kB)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
