"""Where it happens: a durable PostgreSQL, two processes that answer, two that read, each under its supervisor."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import asyncpg

from deploy import processes as supervision
from deploy.folders import throw_away_folder
from deploy.kafka.broker import Broker
from deploy.ports import free_ports
from deploy.processes import Processes, Program
from deploy.suite.postgres_ending import server_pids
from deploy.suite.run import Site, answering, site
from deploy.suite.services import all_services
from shared.db.pool import plain_connection
from shared.settings import Bus, Settings
from tests.faults.line import Line
from tests.faults.release import CHECKOUT, make_release
from tests.faults.wire import Wire, wired

APIS = ("api-1", "api-2")
READERS = ("readers-1", "readers-2")
_ROLES = dict.fromkeys(APIS, "api") | dict.fromkeys(READERS, "readers,jobs,relay")
# The other machine: it has a clock of its own, and reaches the database over a line that can be hurt.
ELSEWHERE = frozenset({"api-2", "readers-2"})
PARTITIONS = 8
LEASE_S = 3  # as long as in production a zombie would have to sleep for most of a run
DISK_MB = 6_144  # the small file system: taken from memory as it fills
RESERVE_MB = 160
ANSWERS_AGAIN_LIMIT_S = 90.0
CALM_AFTER_S = 0.5
_SHRINKS = 50

_UNREAD = """
select coalesce(sum(head.next - coalesce(cursor.off, 0)), 0)::bigint from {source}.log_head head
  left join {service}.cursor cursor on cursor.source = '{source}' and cursor.part = head.part
"""
_READING = "select count(distinct owner) from {service}.lease where source = 'trade' and until >= now()"


@dataclass
class Place:
    """A suite at work, and what an attacker can lay hands on."""

    on: Site
    processes: Processes
    ports: tuple[int, ...]
    broker: Broker | None = None
    disk: Path | None = None  # the small file system that the database lies on, where there is one
    wire: Wire | None = None  # the other machine's line to the database
    token: str = ""  # a till's
    code: Path = CHECKOUT  # where the newest release lies
    stopped: set[str] = field(default_factory=set)  # processes that sleep just now
    rush: asyncio.Event = field(default_factory=asyncio.Event)  # set while tills post as much as they can

    @property
    def clocks(self) -> tuple[Path, Path]:
        """The clock of this machine, and of the other."""
        return self.on.settings.home / "clock", self.on.settings.home / "other-clock"

    @property
    def data(self) -> Path:
        """The database's own folder."""
        return self.on.settings.home / "postgres" / "data"

    @property
    def postmaster(self) -> int | None:
        """The database server's first process; none where it is away."""
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
        except (OSError, ValueError):
            return None

    def backends(self) -> list[int]:
        """The database server's other processes."""
        return sorted(server_pids(self.data) - {self.postmaster})

    async def start_services(self) -> None:
        """Start all four and wait until tills are answered."""
        for name in (*APIS, *READERS):
            await self._start(name)
        await self.answers()

    async def replace(self, name: str) -> None:
        """End a process and start one of the newest release in its place."""
        await self.processes.end(name)
        await self._start(name)

    async def _start(self, name: str) -> None:
        port = self.ports[APIS.index(name)] if name in APIS else 0
        clock = self.clocks[name in ELSEWHERE]
        told = {"SIYU_PORT": str(port), "SIYU_METRICS_PORT": "0", "SIYU_CLOCK_FILE": str(clock)}
        if self.wire is not None and name in ELSEWHERE:
            told["SIYU_DATABASE_URL"] = self.wire.through(self.on.settings.database_url)
        argv = (sys.executable, "-m", "deploy.suite", "serve", "--roles", _ROLES[name])
        await self.processes.start(Program(name, argv, {**self._environment, **told}, keep_alive=True))

    @property
    def _environment(self) -> Mapping[str, str]:
        """What a process of the newest release is told: where its code lies, wherever it is started."""
        path = os.pathsep.join((str(self.code), self.on.environment["PYTHONPATH"]))
        return {**self.on.environment, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}

    async def release(self, service: str) -> None:
        """Make a new release, which brings a migration of this service, and migrate the database to it."""
        releases = self.on.settings.home / "releases"
        folder = releases / str(len(list(releases.glob("*"))) + 1)
        revision = make_release(self.code, folder, service)
        self.code = folder
        await self.migrate()
        async with plain_connection(self.on.admin_dsn) as connection:
            stands_at = await connection.fetchval(f"select version_num from {service}.service_version")
        assert stands_at == revision, f"{service} was to be migrated to {revision} and stands at {stands_at}"

    async def migrate(self) -> None:
        """What an operator does before a release is started."""
        environment = {**self._environment, "DATABASE_URL": self.on.admin_dsn}
        await run(sys.executable, "-m", "deploy.suite", "migrate", environment=environment)

    async def answers(self) -> None:
        """Wait until every process that answers can work."""
        for port in self.ports:
            await answering(port, "/ready", ANSWERS_AGAIN_LIMIT_S)

    async def say_whether_ready(self) -> list[int]:
        """What each process that answers tells a load balancer; raises where one tells nothing."""
        question = b"GET /ready HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"
        answers = await asyncio.gather(*(Line(port).ask(question) for port in self.ports))
        return [answer.status for answer in answers]

    async def caught_up(self, within_s: float) -> None:
        """Wait until every listener has taken in everything, whatever the database still goes through."""
        async with asyncio.timeout(within_s):
            quiet = 0
            while quiet < 2:  # what one service says while another was looked at shows at the second look
                quiet = 0 if await self._is_behind() else quiet + 1
                await asyncio.sleep(0.2)

    async def checkpoint(self) -> None:
        """So that the first recovery is not that of everything made until now."""
        async with plain_connection(self.on.admin_dsn) as connection:
            await connection.execute("checkpoint")

    async def all_read(self) -> None:
        """Wait until every process that reads has its share of what there is."""
        while await self._count_reading() < len(READERS):
            await asyncio.sleep(0.2)

    def bugs(self) -> list[str]:
        """What a process logged as a bug: no fault from outside is one."""
        logs = sorted((self.on.settings.home / "logs").glob("*.log"))
        lines = [line for log in logs for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
        return [line for line in lines if '"event": "bug"' in line]

    async def _count_reading(self) -> int:
        """How many processes read of tickets, for the service for which the fewest do."""
        hearing = [name for name, service in all_services().items() if "trade" in service.sources]
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with plain_connection(self.on.admin_dsn) as connection:
                return min([int(await connection.fetchval(_READING.format(service=name))) for name in hearing])
        return 0

    async def behind(self) -> dict[str, int]:
        """How many events each listener has still to take in."""
        async with plain_connection(self.on.admin_dsn) as connection:
            return {
                f"{name} of {source}": await connection.fetchval(_UNREAD.format(source=source, service=name))
                for name, service in all_services().items()
                for source in service.sources
            }

    async def _is_behind(self) -> bool:
        try:
            return any((await self.behind()).values())
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return True

    async def remount(self, size_mb: int) -> None:
        """Let the small file system be so large."""
        assert self.disk is not None, "this place has an ordinary disk"
        await run("mount", "-o", f"remount,size={size_mb}m", str(self.disk))

    async def leave_room(self, mb: int) -> None:
        """Let the small file system have so much room and no more, though it is written to meanwhile."""
        for _ in range(_SHRINKS - 1):
            with suppress(AssertionError):  # more was written than was to be left
                return await self.remount(self._used_mb() + mb)
        return await self.remount(self._used_mb() + mb)

    def _used_mb(self) -> int:
        assert self.disk is not None, "this place has an ordinary disk"
        room = os.statvfs(self.disk)
        return (room.f_blocks - room.f_bfree) * room.f_frsize // 2**20


@asynccontextmanager
async def place(bus: Bus, *, has_small_disk: bool, has_wire: bool) -> AsyncIterator[Place]:
    """Start everything but the services on free ports in a throw-away folder; nothing of it outlives the block."""
    async with AsyncExitStack() as stack:
        # What ends again and again is started ever later; here that would leave nothing to hurt for most of a run.
        stack.enter_context(patch.object(supervision, "CALM_AFTER_S", CALM_AFTER_S))
        home = stack.enter_context(throw_away_folder("siyu-faults-"))
        disk = await stack.enter_async_context(_small_disk(home / "postgres")) if has_small_disk else None
        told: dict[str, object] = {
            "home": home,
            "bus": bus,
            "demo": True,
            "clock_file": home / "clock",
            "partitions": PARTITIONS,
            "lease_s": LEASE_S,
            "most_connections": 5,
            "log_level": "WARNING",
            "disk_folder": disk,
            "disk_reserve_mb": RESERVE_MB,
        }
        broker = None
        if bus is Bus.KAFKA:
            broker = await Broker.start(home / "kafka")
            told["kafka_bootstrap"] = broker.address
        ports = tuple(free_ports(len(APIS)))
        on = await stack.enter_async_context(site(Settings.model_validate(told)))
        processes = await stack.enter_async_context(Processes(home / "logs"))
        wire = await stack.enter_async_context(wired(on, home / "logs")) if has_wire else None
        here = Place(on, processes, ports, broker, disk, wire)
        try:
            yield here
        finally:
            if here.broker is not None:
                stack.push_async_callback(here.broker.stop)


@asynccontextmanager
async def _small_disk(folder: Path) -> AsyncIterator[Path]:
    """A file system of its own, which can be made as small as one likes; only root may mount one."""
    folder.mkdir(mode=0o700)  # noqa: ASYNC240 - one call
    await run("mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        await run("umount", str(folder))


async def run(*command: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a command to its good end."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    said, error = await process.communicate()
    assert process.returncode == 0, f"{' '.join(command)}: {(said + error).decode(errors='replace')}"
