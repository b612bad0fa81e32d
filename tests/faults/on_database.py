"""What can befall the database: its processes, its connections, its disk, its log's life."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from deploy.suite.postgres_binaries import find_binaries
from deploy.suite.postgres_ending import server_pids
from deploy.suite.services import all_services
from shared.db.pool import plain_connection
from tests.faults.place import DISK_MB, RESERVE_MB, Place, run
from tests.faults.signals import send

FROZEN_S = 12.0  # longer than anything is waited for but a statement's end
SLOW_S = 4.0
TOLD_WITHIN_S = 60.0
NO_ROOM_S = 4.0
DISK_LOW_S = 3.0
DISK_FULL_S = 6.0  # the server goes down, and comes up again on the room that its ballast took
ALMOST_FULL_MB = RESERVE_MB // 2
NOTICED_S = 1.5
MOST_CONNECTIONS = 200
AT_ONCE = 20

_REFUSED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_TAKEN = "select sum(off)::bigint from settlement.cursor where source = 'trade'"
_ACCEPT = """
update {service}.cursor set incarnation = head.incarnation from trade.log_head head
 where cursor.source = 'trade' and cursor.part = head.part and cursor.off <= head.next
"""
# Waited there by whoever flushes, in place of the disk.
_WAIT_AT_FLUSHES = ("alter system set commit_siblings = 0", "alter system set commit_delay = 100000")
_FLUSH_AT_ONCE = ("alter system reset commit_delay",)
_RELOAD = "select pg_reload_conf()"


async def kill_postgres(here: Place, _drawn: random.Random) -> None:
    """kill -9 of the database server's first process"""
    send(here.postmaster)


async def kill_backend(here: Place, drawn: random.Random) -> None:
    """kill -9 of one of the database server's other processes: all of them end, and it recovers"""
    backends = here.backends()
    if backends:
        send(drawn.choice(backends))


async def restart_postgres(here: Place, _drawn: random.Random) -> None:
    """fast restart of the database server"""
    send(here.postmaster, signal.SIGINT)


async def freeze_postgres(here: Place, _drawn: random.Random) -> None:
    """the database hangs, closes nothing, answers nothing, then goes on; meanwhile each process says it can't work"""
    await here.answers()
    pids = sorted(server_pids(here.data))
    try:
        for pid in pids:
            send(pid, signal.SIGSTOP)
        said, _ = await asyncio.gather(here.say_whether_ready(), asyncio.sleep(FROZEN_S))
        assert said == [503] * len(here.ports), f"while the database hung, /ready was answered {said}"
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)


async def cut(here: Place, service: str) -> None:
    """Cut every connection of a service, as only a superuser can; a database that is away has done so itself."""
    with suppress(*_REFUSED):
        async with plain_connection(here.on.admin_dsn) as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1::text[])",
                [f"siyu_{service}", f"siyu_{service}_reader"],
            )


async def cut_connections(here: Place, drawn: random.Random) -> None:
    """every database connection of one service is cut"""
    await cut(here, drawn.choice(list(all_services())))


async def take_connections(here: Place, drawn: random.Random) -> None:
    """the database is at its connection limit, and a service that loses its own gets no new ones"""
    gate = asyncio.Semaphore(AT_ONCE)

    async def take() -> asyncpg.Connection | None:
        async with gate:
            with suppress(*_REFUSED):
                return await asyncpg.connect(here.on.admin_dsn, timeout=5)
        return None

    taken = await asyncio.gather(*(take() for _ in range(MOST_CONNECTIONS)))
    try:
        await cut(here, drawn.choice(list(all_services())))
        again = await asyncio.gather(*(take() for _ in range(AT_ONCE)))
        taken += again
        await asyncio.sleep(NO_ROOM_S)
    finally:
        for connection in filter(None, taken):
            connection.terminate()


async def slow_disk(here: Place, _drawn: random.Random) -> None:
    """the database's disk is slow: each flush takes a tenth of a second more, and all of the server dies over one"""
    try:
        await _tell_server(here, *_WAIT_AT_FLUSHES)
        await asyncio.sleep(SLOW_S)
        for pid in server_pids(here.data):  # at once, as when the power fails: none brings its commit to an end
            send(pid)
    finally:
        await _tell_server(here, *_FLUSH_AT_ONCE)


async def fill_disk(here: Place, _drawn: random.Random) -> None:
    """the database's disk runs low, then is full, then is freed"""
    try:
        await here.leave_room(ALMOST_FULL_MB)
        await asyncio.sleep(DISK_LOW_S)
        await here.leave_room(1)
        await _write_until_refused(here)
        await asyncio.sleep(DISK_FULL_S)
    finally:
        await here.remount(DISK_MB)


async def restore(here: Place, _drawn: random.Random) -> None:
    """everything stops; the database is dumped, dropped, restored; everything starts and goes on"""
    await here.processes.stop()
    dump = here.on.settings.home / "dump"
    programs = find_binaries()
    await run(str(programs / "pg_dump"), "--format=custom", f"--file={dump}", here.on.admin_dsn)
    server = here.on.admin_dsn.rpartition("/")[0] + "/postgres"
    async with plain_connection(server) as connection:
        await connection.execute('drop database "siyu" with (force)')
        await connection.execute('create database "siyu" template template0')
    await run(str(programs / "pg_restore"), "--exit-on-error", f"--dbname={here.on.admin_dsn}", str(dump))
    dump.unlink()
    await here.migrate()  # roles may read what was given to them in this database only
    await here.start_services()


async def begin_new_life(here: Place, _drawn: random.Random) -> None:
    """a log begins a new life, as after a restore; its readers hold until a person lets them go on"""
    async with _as_operator(here) as connection:
        await connection.execute("update trade.log_head set incarnation = gen_random_uuid()")
        await asyncio.sleep(NOTICED_S)
        held = await connection.fetchval(_TAKEN)
        await asyncio.sleep(NOTICED_S)
        assert await connection.fetchval(_TAKEN) == held, "a reader went on in a log that is not the one it knew"
        # Nothing is missing in this log, the operator has found: every reader goes on where it stands.
        for name, service in all_services().items():
            if "trade" in service.sources:
                await connection.execute(_ACCEPT.format(service=name))


@asynccontextmanager
async def _as_operator(here: Place) -> AsyncIterator[asyncpg.Connection]:
    """A connection that the faults before this one have left room for."""
    await here.answers()
    async with plain_connection(here.on.admin_dsn) as connection:
        yield connection


async def _tell_server(here: Place, *settings: str) -> None:
    """Change the server's settings, whatever else befalls it just now."""
    async with asyncio.timeout(TOLD_WITHIN_S):
        while not await _is_told(here, settings):
            await asyncio.sleep(0.2)


async def _is_told(here: Place, settings: Sequence[str]) -> bool:
    with suppress(*_REFUSED):
        async with plain_connection(here.on.admin_dsn) as connection:
            for statement in (*settings, _RELOAD):
                await connection.execute(statement)
            return True
    return False


async def _write_until_refused(here: Place) -> None:
    """What the suite itself no longer writes: the last of the room goes into the server's own log."""
    with suppress(*_REFUSED):
        async with plain_connection(here.on.admin_dsn) as connection, asyncio.timeout(DISK_FULL_S):
            while True:
                await connection.execute("select pg_logical_emit_message(true, 'fill', repeat('x', 1000000))")
