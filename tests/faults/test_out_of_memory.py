"""A process that has run out of memory does not stay, half dead."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.folders import throw_away_folder
from deploy.ports import free_ports
from deploy.processes import Processes
from deploy.suite.run import Site, answering, site, start_part
from shared.settings import Settings
from tests.faults.line import newcomers
from tests.faults.starving import starved

NAME = "api"
A_MOMENT_S = 0.1
BEGINS_ANEW_WITHIN_S = 40.0


@pytest.fixture
async def here() -> AsyncIterator[Site]:
    """A database, and what a process is told."""
    with throw_away_folder() as folder:
        (port,) = free_ports(1)
        async with site(Settings.model_validate({"home": folder, "port": port, "metrics_port": 0})) as on:
            yield on


async def test_who_is_out_of_memory_while_callers_come_ends_and_begins_anew(here: Site, tmp_path: Path) -> None:
    port = here.settings.port
    async with Processes(tmp_path) as processes:
        await start_part(processes, here, NAME, "api", 0)
        await answering(port, "/ready")
        pid = processes.pid(NAME)
        with suppress(ProcessLookupError), starved(pid, resource.RLIMIT_AS):
            await callers_come_until_it_is_another(processes, pid, port)
        await answering(port, "/ready")


async def callers_come_until_it_is_another(processes: Processes, pid: int, port: int) -> None:
    async with asyncio.timeout(BEGINS_ANEW_WITHIN_S):
        while processes.pid(NAME) == pid:
            await newcomers(port, A_MOMENT_S)
