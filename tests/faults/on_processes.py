"""What can befall the suite's own processes, and the machines that they run on."""

import asyncio
import random
import resource
import signal
import struct
from contextlib import suppress
from pathlib import Path

from deploy.suite.services import all_services
from shared.clock import system_now
from tests.faults.line import newcomers
from tests.faults.on_database import cut
from tests.faults.place import APIS, LEASE_S, READERS, Place
from tests.faults.release import HOT_TABLES
from tests.faults.signals import send
from tests.faults.starving import starved

PAST_THE_LEASE_S = 1.5 * LEASE_S
PAST_ITS_TRANSACTION_S = 9.0  # the database has ended what a sleeper had begun
CLOCK_OFF_S = 3.0
HOUR_US = 3_600_000_000
NO_MEMORY_S = 4.0
NO_FILES_S = 4.0


async def kill_api(here: Place, drawn: random.Random) -> None:
    """kill -9 of a process that answers tills"""
    send(here.processes.pid(drawn.choice(APIS)))


async def kill_reader(here: Place, drawn: random.Random) -> None:
    """kill -9 of a process that reads"""
    send(here.processes.pid(drawn.choice(_awake(here))))


async def stop_reader(here: Place, drawn: random.Random) -> None:
    """a process that reads sleeps past its lease and wakes as a zombie"""
    name = drawn.choice(_awake(here))
    sleeps_s = drawn.choice((PAST_THE_LEASE_S, PAST_ITS_TRANSACTION_S))
    pid = here.processes.pid(name)
    here.stopped.add(name)
    send(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(sleeps_s)
    finally:
        send(pid, signal.SIGCONT)
        here.stopped.discard(name)


async def squeeze_memory(here: Place, drawn: random.Random) -> None:
    """a process gets no more memory while tills post as much as they can, and new ones come; then it gets some again"""
    pid = here.processes.pid(drawn.choice((*APIS, *_awake(here))))
    with suppress(ProcessLookupError), starved(pid, resource.RLIMIT_AS):  # it died of that, which it may
        here.rush.set()
        try:
            await asyncio.gather(*(newcomers(port, NO_MEMORY_S) for port in here.ports))
        finally:
            here.rush.clear()


async def take_files(here: Place, drawn: random.Random) -> None:
    """a process can open nothing more, no file and no line, while a service it works for loses those to the database"""
    name = drawn.choice((*APIS, *_awake(here)))
    pid, service = here.processes.pid(name), "trade" if name in APIS else drawn.choice(list(all_services()))
    with suppress(ProcessLookupError), starved(pid, resource.RLIMIT_NOFILE):
        await cut(here, service)
        await asyncio.sleep(NO_FILES_S)


async def shift_clock(here: Place, drawn: random.Random) -> None:
    """the clock of one machine is an hour off, ahead or behind the other's and the database's, and comes back"""
    clock, off_us = drawn.choice(here.clocks), drawn.choice((-HOUR_US, HOUR_US))
    try:
        for _ in range(int(CLOCK_OFF_S / 0.1)):
            _set_clock(clock, int(system_now().timestamp() * 1_000_000) + off_us)
            await asyncio.sleep(0.1)
    finally:
        _set_clock(clock, 0)  # the machine's own time again


async def roll(here: Place, _drawn: random.Random) -> None:
    """rolling restart: each process in its turn, the next when this one answers again"""
    for name in (*APIS, *READERS):
        pid = here.processes.pid(name)
        send(pid, signal.SIGTERM)
        while here.processes.pid(name) == pid:
            await asyncio.sleep(0.05)
        if name in APIS:
            await here.answers()


async def upgrade(here: Place, drawn: random.Random) -> None:
    """rolling upgrade: the schema is migrated under load, then each process makes way for one of the new release"""
    await here.answers()
    await here.release(drawn.choice(sorted(HOT_TABLES)))
    for name in (*APIS, *READERS):
        await here.replace(name)
        if name in APIS:
            await here.answers()


def _awake(here: Place) -> list[str]:
    return sorted(set(READERS) - here.stopped)


def _set_clock(clock: Path, microseconds: int) -> None:
    """Written past `ReplayClock`, which never goes back: a machine's clock may."""
    with clock.open("r+b") as file:
        file.write(struct.pack("<q", microseconds))
