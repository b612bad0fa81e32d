"""A process that has run out of memory does not stay, half dead."""

import asyncio
import resource
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.ports import free_ports
from deploy.processes import Processes
from deploy.suite.run import Site, answering, site, start_part
from shared.settings import Settings
from tests.faults.line import newcomers

NAME = "api"
NONE = 1  # byte: whatever it has, it gets no more
A_MOMENT_S = 0.1
BEGINS_ANEW_WITHIN_S = 40.0


@pytest.fixture
async def here() -> AsyncIterator[Site]:
    """A database, and what a process is told."""
    with tempfile.TemporaryDirectory(prefix="siyu-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240 - one call; the server may run as another user
        (port,) = free_ports(1)
        async with site(Settings.model_validate({"home": folder, "port": port, "metrics_port": 0})) as on:
            yield on


async def test_who_is_out_of_memory_while_callers_come_ends_and_begins_anew(here: Site, tmp_path: Path) -> None:
    port = here.settings.port
    async with Processes(tmp_path) as processes:
        await start_part(processes, here, NAME, "api", 0)
        await answering(port, "/ready")
        pid = processes.pid(NAME)
        resource.prlimit(pid, resource.RLIMIT_AS, (NONE, resource.RLIM_INFINITY))
        async with asyncio.timeout(BEGINS_ANEW_WITHIN_S):
            while processes.pid(NAME) == pid:
                await newcomers(port, A_MOMENT_S)
        await answering(port, "/ready")
