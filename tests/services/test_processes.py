"""Real children: each connects to the test, so its start is a line heard and its end is the line cut."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.processes import Exit, Processes, Program, next_delay_s

# Writes to its log, says its name and number on the line, then listens until that is cut.
CHILD = """
import os, socket, sys
print("here is", sys.argv[2], flush=True)
line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
line.sendall(f"{sys.argv[2]} {os.getpid()}\\n".encode())
line.recv(1)
"""
DEAF_CHILD = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", {CHILD!r}, sys.argv[1], "grandchild"])
{CHILD}
"""
SLOW_CHILD = f"""
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), sys.exit()))
{CHILD}
"""
SUPERVISOR = f"""
import asyncio, os, sys
from pathlib import Path
from deploy.processes import Processes, Program, until_signalled
async def supervise():
    async with until_signalled(), Processes(Path(sys.argv[2])) as processes:
        argv = (sys.executable, "-c", {CHILD!r}, sys.argv[1], "child")
        await processes.start(Program("child", argv, os.environ))
        await processes.wait()
    print("ended quietly")
asyncio.run(supervise())
"""


@dataclass
class Line:
    """A living child: `cut` returns when it lives no more."""

    name: str
    pid: int
    reader: asyncio.StreamReader

    async def cut(self) -> str:
        with suppress(ConnectionResetError):  # killed with something unread
            await self.reader.read()
        return self.name


@dataclass
class Switchboard:
    port: int = 0
    heard: asyncio.Queue[Line] = field(default_factory=asyncio.Queue)

    def program(self, name: str, *, code: str = CHILD, keep_alive: bool = False) -> Program:
        argv = (sys.executable, "-c", code, str(self.port), name)
        return Program(name, argv, os.environ, keep_alive=keep_alive)


@pytest.fixture
async def switchboard() -> AsyncIterator[Switchboard]:
    board = Switchboard()
    writers = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        name, pid = (await reader.readline()).decode().split()
        board.heard.put_nowait(Line(name, int(pid), reader))

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    board.port = server.sockets[0].getsockname()[1]
    yield board
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def supervisor(board: Switchboard, logs: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISOR, str(board.port), str(logs), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_a_child_says_is_in_its_own_log(switchboard: Switchboard, tmp_path: Path) -> None:
    async with Processes(tmp_path) as processes:
        for name in ("left", "right"):
            await processes.start(switchboard.program(name))
        lines = [await switchboard.heard.get(), await switchboard.heard.get()]
    for line in lines:
        await line.cut()
    assert (tmp_path / "left.log").read_text() == "here is left\n"
    assert (tmp_path / "right.log").read_text() == "here is right\n"


async def test_a_child_that_ends_by_itself_is_reported_with_its_last_words(tmp_path: Path) -> None:
    failing = Program("failing", (sys.executable, "-c", "import sys; sys.exit('no more')"), os.environ)
    async with Processes(tmp_path) as processes:
        await processes.start(failing)
        assert await processes.wait() == Exit("failing", 1, "no more\n")


async def test_a_child_kept_alive_starts_again_when_it_is_killed(switchboard: Switchboard, tmp_path: Path) -> None:
    async with Processes(tmp_path) as processes:
        await processes.start(switchboard.program("steady", keep_alive=True))
        first = await switchboard.heard.get()
        os.kill(first.pid, signal.SIGKILL)
        second = await switchboard.heard.get()
        assert second.pid != first.pid
        assert processes.pid("steady") == second.pid
    await second.cut()


async def test_children_end_in_the_reverse_order_of_their_start(switchboard: Switchboard, tmp_path: Path) -> None:
    ended: list[str] = []

    async def note(line: Line) -> None:
        ended.append(await line.cut())

    async with asyncio.TaskGroup() as notes, Processes(tmp_path) as processes:
        for name, code in (("first", CHILD), ("second", CHILD), ("third", SLOW_CHILD)):
            await processes.start(switchboard.program(name, code=code))
            notes.create_task(note(await switchboard.heard.get()))
    assert ended == ["third", "second", "first"]


async def test_a_child_deaf_to_term_is_killed_with_all_it_started(switchboard: Switchboard, tmp_path: Path) -> None:
    async with Processes(tmp_path, grace_s=0.1) as processes:
        await processes.start(switchboard.program("deaf", code=DEAF_CHILD))
        lines = [await switchboard.heard.get(), await switchboard.heard.get()]
    assert {await line.cut() for line in lines} == {"deaf", "grandchild"}


async def test_a_child_dies_with_its_killed_parent(switchboard: Switchboard, tmp_path: Path) -> None:
    async with supervisor(switchboard, tmp_path) as process:
        child = await switchboard.heard.get()
        process.kill()
        await child.cut()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_the_children_and_ends_the_parent_quietly(
    switchboard: Switchboard, tmp_path: Path, number: signal.Signals
) -> None:
    async with supervisor(switchboard, tmp_path) as process:
        child = await switchboard.heard.get()
        process.send_signal(number)
        said, _ = await process.communicate()
        await child.cut()
    assert (process.returncode, said) == (0, b"ended quietly\n")


def test_the_delay_doubles_up_to_ten_seconds_and_starts_anew_after_a_calm_life() -> None:
    delays_s = [0.2]
    for _ in range(7):
        delays_s.append(next_delay_s(delays_s[-1], lived_s=1.0))
    assert delays_s == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert next_delay_s(10.0, lived_s=31.0) == 0.2
