"""The embedded PostgreSQL server: one folder, one server, on the loopback address only."""

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import structlog

from deploy.ports import free_ports
from deploy.processes import FIRST_DELAY_S, last_lines, next_delay_s, open_log, tied_to_parent
from deploy.suite.postgres_ballast import Ballast
from deploy.suite.postgres_binaries import (
    Account,
    PostgresError,
    choose_account,
    find_binaries,
    readable_binaries,
)
from deploy.suite.postgres_ending import PATIENCE, Patience, end_server
from deploy.suite.postgres_folder import Folder

# For two cores and 24 GiB; what is not here is PostgreSQL's own default.
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "shared_buffers": "512MB",
        "max_wal_size": "4GB",
        "jit": "off",
        "max_connections": "200",
        "wal_compression": "off",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
)
INITDB = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--data-checksums",
    "--no-instructions",
)
FREE_PORT_TRIES = 5
READY_LIMIT_S = 300.0  # the recovery of several GB of log takes its time
LOOK_EVERY_S = 0.02
BALLAST_LOOK_S = 30.0

log = structlog.get_logger(__name__)


class Cluster:
    """A running server. When it dies it is started again, on the same port, until `stop`."""

    def __init__(self, folder: Folder, account: Account, settings: Mapping[str, str]) -> None:
        self.port = 0
        self._folder = folder
        self._ballast = Ballast(folder.path)
        self._account = account
        self._settings = {**SETTINGS, **settings}
        self._binaries = Path()
        self._process: asyncio.subprocess.Process | None = None
        self._minder: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        folder: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> "Cluster":
        """Start the server of a folder, made at the first time, and wait until it takes connections."""
        account = await asyncio.to_thread(choose_account)
        cluster = cls(Folder(folder), account, settings)
        try:
            await end_server(cluster._folder.data)  # of a run that was killed
            await cluster._prepare()
            await cluster._launch_on(port)
        except BaseException:
            await cluster.stop(Patience(interrupt_s=0))  # nobody has used it yet
            raise
        cluster._minder = asyncio.create_task(cluster._mind(), name="mind postgres")
        return cluster

    @property
    def dsn(self) -> str:
        """How the superuser connects."""
        return f"postgresql://postgres:{self._folder.read_password()}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        assert self._process is not None, "asked before it was started"
        return self._process.pid

    async def stop(self, patience: Patience = PATIENCE) -> None:
        """End the server: politely, then firmly, then without asking it."""
        if self._minder is not None:
            self._minder.cancel()
            await asyncio.wait({self._minder})
        try:
            await end_server(self._folder.data, patience)
        finally:
            if self._process is not None:
                await _kill(self._process)
            self._folder.release()

    async def _prepare(self) -> None:
        major = self._folder.major()
        binaries = await asyncio.to_thread(find_binaries, major)
        if major is None:
            self._folder.make_password()
        self._folder.read_password()  # a missing one is told before anything starts
        self._folder.give_to(self._account)
        self._binaries = await asyncio.to_thread(readable_binaries, binaries, self._account, self._folder.path)
        if major is None:
            await self._make_data()

    async def _make_data(self) -> None:
        """Renamed when whole: a killed initdb leaves nothing that looks like data."""
        fresh = self._folder.path / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        arguments = [*INITDB, f"--pwfile={self._folder.password}", f"--pgdata={fresh}"]
        if self._settings.get("fsync") == "off":
            arguments.append("--no-sync")
        initdb = await self._spawn([str(self._binaries / "initdb"), *arguments], signal.SIGTERM)
        try:
            returncode = await initdb.wait()
        finally:
            await _kill(initdb)
        if returncode != 0:
            raise PostgresError(f"initdb failed:\n{last_lines(self._folder.log)}")
        fresh.rename(self._folder.data)

    async def _launch_on(self, port: int | None) -> None:
        """Another process may take a free port before we do, so several free ones are tried."""
        for _ in range(1 if port else FREE_PORT_TRIES):
            self.port = port or free_ports(1)[0]
            try:
                await self._launch()
            except PostgresError as error:
                refused = error
                if "could not bind" not in str(error):
                    break
            else:
                return
        raise refused

    async def _launch(self) -> None:
        # The number in a dead server's pid file may be a zombie's or a stranger's by now, and would block us.
        # Safe because `end_server` has seen that no process of this folder lives.
        (self._folder.data / "postmaster.pid").unlink(missing_ok=True)
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        loopback = ["-h", "127.0.0.1", "-p", str(self.port), "--unix_socket_directories="]
        server = [str(self._binaries / "postgres"), "-D", str(self._folder.data)]
        self._process = await self._spawn([*server, *loopback, *settings], signal.SIGINT)
        try:
            await asyncio.wait_for(self._until_ready(self._process), READY_LIMIT_S)
        except TimeoutError as error:
            raise PostgresError(
                f"PostgreSQL is not ready after {READY_LIMIT_S:.0f} s:\n{last_lines(self._folder.log)}"
            ) from error

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        ended = asyncio.create_task(process.wait())
        try:
            while not _is_ready(self._folder.data, process.pid):
                await asyncio.wait({ended}, timeout=LOOK_EVERY_S)
                if ended.done():
                    raise PostgresError(f"PostgreSQL did not start:\n{last_lines(self._folder.log)}")
        finally:
            ended.cancel()

    async def _mind(self) -> None:
        loop = asyncio.get_running_loop()
        delay_s = FIRST_DELAY_S
        while True:
            assert self._process is not None, "minded before it was started"
            started_s = loop.time()
            returncode = await self._ended(self._process)
            if self._ballast.drop_if_full():
                log.warning("the disk is full: ballast dropped, so that postgres can recover")
            delay_s = next_delay_s(delay_s, lived_s=loop.time() - started_s)
            log.warning("postgres ended, starts again", returncode=returncode, delay_s=delay_s)
            await asyncio.sleep(delay_s)
            try:
                await end_server(self._folder.data)
                await self._launch()
            except (PostgresError, OSError) as error:  # a full disk, say: it may be freed
                log.warning("postgres does not start", error=str(error))

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        """Wait for its end; as long as it lives, ballast that was dropped is laid again when there is room."""
        ended = asyncio.create_task(process.wait())
        try:
            while not ended.done():
                self._ballast.lay()
                await asyncio.wait({ended}, timeout=BALLAST_LOOK_S)
            return ended.result()
        finally:
            ended.cancel()

    async def _spawn(self, argv: list[str], parent_died: signal.Signals) -> asyncio.subprocess.Process:
        with open_log(self._folder.log) as output:
            return await asyncio.create_subprocess_exec(
                *self._account.prefix,
                *tied_to_parent(argv, parent_died),
                env={**os.environ, "LC_ALL": "C"},
                cwd=self._folder.path,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C at the terminal must not end it before those who use it
            )


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _is_ready(data: Path, pid: int) -> bool:
    """What pg_ctl looks at: the eighth line of the pid file of this very server."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
