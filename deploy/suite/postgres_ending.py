"""How an embedded server ends, also one whose supervisor was killed: found by its folder."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from deploy.suite.postgres_binaries import PostgresError

LOOK_EVERY_S = 0.05


class Patience(NamedTuple):
    """How long each of the three signals is given."""

    interrupt_s: float = 30.0  # it ends its sessions and writes a checkpoint
    quit_s: float = 5.0  # it drops everything; the next start recovers
    kill_s: float = 5.0


PATIENCE = Patience()


async def end_server(data: Path, patience: Patience = PATIENCE) -> None:
    """End every server process of this data folder: SIGINT, then SIGQUIT, then SIGKILL."""
    leader = server_pids(data) & _leader(data)
    if leader and await _end(data, leader, signal.SIGINT, patience.interrupt_s):
        return
    # Without their leader the others end by themselves, unless they are busy: these are asked one by one.
    if await _end(data, server_pids(data), signal.SIGQUIT, patience.quit_s):
        return
    if not await _end(data, server_pids(data), signal.SIGKILL, patience.kill_s):
        raise PostgresError(f"Processes {sorted(server_pids(data))} of {data} do not end, even killed.")


def server_pids(data: Path) -> set[int]:
    """All living processes of the server: each of them works in its data folder. Zombies work nowhere."""
    return {int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _works_in(entry, data)}


def _works_in(entry: Path, data: Path) -> bool:
    try:
        return (entry / "comm").read_text() == "postgres\n" and (entry / "cwd").samefile(data)
    except OSError:  # gone, another user's, or no data yet
        return False


def _leader(data: Path) -> set[int]:
    try:
        return {int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])}
    except (OSError, ValueError):
        return set()


async def _end(data: Path, pids: set[int], number: signal.Signals, limit_s: float) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    loop = asyncio.get_running_loop()
    give_up_s = loop.time() + limit_s
    while server_pids(data):
        if loop.time() >= give_up_s:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True
