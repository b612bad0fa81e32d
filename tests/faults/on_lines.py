"""What can befall the line between a process and its database: silence, which no one is told of."""

import asyncio
import random
import signal

from tests.faults.place import Place
from tests.faults.wire import Wire

SILENT_S = 12.0  # longer than a lease, a sleeping transaction, or a connection takes to be given up
UNHEARD_S = 1.5


async def still_line(here: Place, drawn: random.Random) -> None:
    """a line to the database is silent both ways, and then goes on or is reset"""
    ends_with = drawn.choice((signal.SIGCONT, signal.SIGKILL))
    wire = _wire(here)
    wire.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(SILENT_S)
    finally:
        wire.send(ends_with)


async def mute_line(here: Place, _drawn: random.Random) -> None:
    """what is asked of the database arrives, its answers do not; then all come, late"""
    wire = _wire(here)
    wire.send(signal.SIGUSR1)
    try:
        await asyncio.sleep(SILENT_S)
    finally:
        wire.send(signal.SIGUSR2)


async def lose_commits(here: Place, _drawn: random.Random) -> None:
    """whatever is committed over a line to the database is done, and the line breaks before anybody hears of it"""
    wire = _wire(here)
    wire.send(signal.SIGQUIT)
    try:
        await asyncio.sleep(UNHEARD_S)
    finally:
        wire.send(signal.SIGUSR2)


async def forget_lines(here: Place, _drawn: random.Random) -> None:
    """connections to the database are half open for ever: new ones work, nothing is heard on those there were"""
    _wire(here).send(signal.SIGHUP)


def _wire(here: Place) -> Wire:
    assert here.wire is not None, "there is no line to hurt here"
    return here.wire
