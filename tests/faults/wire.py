"""A line to the database that can be hurt: a proxy in a process of its own, which starts again when it is killed."""

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from deploy.ports import free_ports
from deploy.processes import Processes, Program
from deploy.suite.run import Site
from tests.faults.signals import send

_NAME = "wire"


class Wire:
    """The line, as whoever hurts it sees it."""

    def __init__(self, port: int, processes: Processes) -> None:
        self._port = port
        self._processes = processes

    def through(self, database_url: str) -> str:
        """A database's address, by way of this line."""
        parts = urlsplit(database_url)
        return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{self._port}").geturl()

    def send(self, number: signal.Signals) -> None:
        """Tell the proxy what to be like from now on."""
        send(self._processes.pid(_NAME), number)


@asynccontextmanager
async def wired(on: Site, logs: Path) -> AsyncIterator[Wire]:
    """A line to a site's database."""
    (port,) = free_ports(1)
    behind = urlsplit(on.admin_dsn).port
    async with Processes(logs) as processes:
        argv = (sys.executable, "-m", "tests.faults.proxy", str(port), str(behind))
        await processes.start(Program(_NAME, argv, on.environment, keep_alive=True))
        yield Wire(port, processes)
