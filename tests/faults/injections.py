"""The faults, one function each. None waits for what it broke to mend, but for as long as the fault itself lasts."""

import asyncio
import os
import random
import signal
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType

import asyncpg

from deploy.kafka.broker import Broker
from deploy.suite.database import make_ready
from deploy.suite.postgres_binaries import find_binaries
from deploy.suite.services import all_services
from shared.clock import system_now
from shared.db.database import plain_connection
from tests.faults.place import APIS, DISK_MB, READERS, RESERVE_MB, Place, run

Injection = Callable[[Place, random.Random], Awaitable[None]]

PAST_THE_LEASE_S = 12.0
CLOCK_OFF_S = 3.0
HOUR_US = 3_600_000_000
NO_ROOM_S = 4.0
DISK_LOW_S = 3.0
DISK_FULL_S = 6.0  # the server goes down, and comes up again on the room that its ballast took
ALMOST_FULL_MB = RESERVE_MB // 2
BROKER_AWAY_S = 2.0
NOTICED_S = 1.5
MOST_CONNECTIONS = 200
AT_ONCE = 20


def kill(pid: int | None, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that may have gone meanwhile."""
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def kill_api(here: Place, drawn: random.Random) -> None:
    """kill -9 of a process that answers tills"""
    kill(here.processes.pid(drawn.choice(APIS)))


async def kill_reader(here: Place, drawn: random.Random) -> None:
    """kill -9 of a process that reads"""
    awake = sorted(set(READERS) - here.stopped)
    kill(here.processes.pid(drawn.choice(awake)))


async def kill_postgres(here: Place, _drawn: random.Random) -> None:
    """kill -9 of the database server's first process"""
    kill(here.postmaster)


async def kill_backend(here: Place, drawn: random.Random) -> None:
    """kill -9 of one of the database server's other processes: all of them end, and it recovers"""
    backends = here.backends()
    if backends:
        kill(drawn.choice(backends))


async def restart_postgres(here: Place, _drawn: random.Random) -> None:
    """fast restart of the database server"""
    kill(here.postmaster, signal.SIGINT)


async def stop_reader(here: Place, drawn: random.Random) -> None:
    """a process that reads sleeps past its lease and wakes as a zombie"""
    awake = sorted(set(READERS) - here.stopped)
    name = drawn.choice(awake)
    pid = here.processes.pid(name)
    here.stopped.add(name)
    kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(PAST_THE_LEASE_S)
    finally:
        kill(pid, signal.SIGCONT)
        here.stopped.discard(name)


async def cut_connections(here: Place, drawn: random.Random) -> None:
    """every database connection of one service is cut"""
    await _cut(here, drawn.choice(list(all_services())))


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
        await _cut(here, drawn.choice(list(all_services())))
        again = await asyncio.gather(*(take() for _ in range(AT_ONCE)))
        taken += again
        await asyncio.sleep(NO_ROOM_S)
    finally:
        for connection in filter(None, taken):
            connection.terminate()


async def shift_clock(here: Place, drawn: random.Random) -> None:
    """business time is an hour off, ahead or behind, and comes back"""
    clock_file = here.on.settings.clock_file
    assert clock_file is not None
    off_us = drawn.choice((-HOUR_US, HOUR_US))
    try:
        for _ in range(int(CLOCK_OFF_S / 0.1)):
            now_us = int(system_now().timestamp() * 1_000_000)
            _set_clock(here, now_us + off_us)
            await asyncio.sleep(0.1)
    finally:
        _set_clock(here, 0)  # the machine's own time again


async def roll(here: Place, _drawn: random.Random) -> None:
    """rolling restart: each process in its turn, the next when this one answers again"""
    for name in (*APIS, *READERS):
        pid = here.processes.pid(name)
        kill(pid, signal.SIGTERM)
        while here.processes.pid(name) == pid:
            await asyncio.sleep(0.05)
        if name in APIS:
            await here.answers()


async def fill_disk(here: Place, _drawn: random.Random) -> None:
    """the database's disk runs low, then is full, then is freed"""
    try:
        await here.remount(here.used_mb() + ALMOST_FULL_MB)
        await asyncio.sleep(DISK_LOW_S)
        await here.remount(here.used_mb() + 1)
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
    await make_ready(here.on.admin_dsn, all_services(), here.on.settings, here.on.secrets)
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


async def kill_broker(here: Place, _drawn: random.Random) -> None:
    """kill -9 of the Kafka broker, which is started again a little later"""
    assert here.broker is not None, "there is no broker on this bus"
    port = here.broker.port
    kill(here.broker.pid)
    await here.broker.stop()
    await asyncio.sleep(BROKER_AWAY_S)
    here.broker = await Broker.start(here.on.settings.home / "kafka", port=port)


KINDS: Mapping[str, Injection] = MappingProxyType(
    {
        "kill_api": kill_api,
        "kill_reader": kill_reader,
        "kill_postgres": kill_postgres,
        "kill_backend": kill_backend,
        "restart_postgres": restart_postgres,
        "stop_reader": stop_reader,
        "cut_connections": cut_connections,
        "take_connections": take_connections,
        "shift_clock": shift_clock,
        "roll": roll,
        "fill_disk": fill_disk,
        "restore": restore,
        "begin_new_life": begin_new_life,
        "kill_broker": kill_broker,
    }
)
ONLY_ON = MappingProxyType({"kill_broker": "kafka", "begin_new_life": "log"})
BESIDE_OTHERS = frozenset({"stop_reader", "shift_clock"})  # these last, and others happen meanwhile

_REFUSED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


_TAKEN = "select sum(off)::bigint from settlement.cursor where source = 'trade'"
_ACCEPT = """
update {service}.cursor set incarnation = head.incarnation from trade.log_head head
 where cursor.source = 'trade' and cursor.part = head.part and cursor.off <= head.next
"""


@asynccontextmanager
async def _as_operator(here: Place) -> AsyncIterator[asyncpg.Connection]:
    """A connection that the faults before this one have left room for."""
    await here.answers()
    async with plain_connection(here.on.admin_dsn) as connection:
        yield connection


async def _cut(here: Place, service: str) -> None:
    """As nothing but the database's superuser can; one that is away just now has cut them itself."""
    with suppress(*_REFUSED):
        async with plain_connection(here.on.admin_dsn) as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1::text[])",
                [f"siyu_{service}", f"siyu_{service}_reader"],
            )


async def _write_until_refused(here: Place) -> None:
    """What the suite itself no longer writes: the last of the room goes into the server's own log."""
    with suppress(*_REFUSED):
        async with plain_connection(here.on.admin_dsn) as connection, asyncio.timeout(DISK_FULL_S):
            while True:
                await connection.execute("select pg_logical_emit_message(true, 'fill', repeat('x', 1000000))")


def _set_clock(here: Place, microseconds: int) -> None:
    """Written past `ReplayClock`, which never goes back: a machine's clock may."""
    assert here.on.settings.clock_file is not None
    with here.on.settings.clock_file.open("r+b") as file:
        file.write(struct.pack("<q", microseconds))


def chosen(names: Sequence[str], bus: str, *, may_mount: bool) -> list[str]:
    """The kinds that can happen here; all that can, where none is named."""
    possible = [name for name in KINDS if ONLY_ON.get(name, bus) == bus]
    wanted = list(names) or [name for name in possible if may_mount or name != "fill_disk"]
    unknown = set(wanted) - set(possible)
    assert not unknown, f"no such fault here: {', '.join(sorted(unknown))}; there are {', '.join(possible)}"
    return wanted
