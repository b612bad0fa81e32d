"""Child processes: started by name, logged to files, kept alive where wanted, and gone when we are gone.

async with until_signalled(), Processes(folder / "logs") as processes:
    await processes.start(Program("api", (sys.executable, "-m", "..."), environment, keep_alive=True))
    exit = await processes.wait()   # a child that was not to be kept alive has ended
"""

import asyncio
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import structlog

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
CALM_AFTER_S = 30.0
LAST_LINES = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Program:
    """What to run, under which name."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    keep_alive: bool = False


@dataclass(frozen=True)
class Exit:
    """A child that ended although nobody asked it to."""

    name: str
    returncode: int
    last_lines: str


@dataclass
class Child:
    program: Program
    process: asyncio.subprocess.Process
    minder: asyncio.Task[None] | None = None


class Processes:
    """The children of this process, stopped in the reverse order of their start."""

    def __init__(self, logs: Path, *, grace_s: float = 10.0) -> None:
        self._logs = logs
        self._grace_s = grace_s
        self._children: dict[str, Child] = {}
        self._exits: asyncio.Queue[Exit] = asyncio.Queue()

    async def __aenter__(self) -> "Processes":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, program: Program) -> None:
        """Start a child. It must outlive neither `stop` nor the thread that called us."""
        assert program.name not in self._children, f"{program.name} runs already"
        child = Child(program, await self._spawn(program))
        self._children[program.name] = child
        child.minder = asyncio.create_task(self._mind(child), name=f"mind {program.name}")

    async def wait(self) -> Exit:
        """The next child that ended without being asked and is not kept alive."""
        return await self._exits.get()

    async def stop(self) -> None:
        """End all children, the last started first."""
        while self._children:
            child = next(reversed(self._children.values()))
            await self._end(child)
            del self._children[child.program.name]

    async def end(self, name: str) -> None:
        """End one child."""
        await self._end(self._children[name])
        del self._children[name]

    def names(self) -> list[str]:
        """Who runs, in the order of their start."""
        return list(self._children)

    def pid(self, name: str) -> int:
        return self._children[name].process.pid

    def log_file(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        with open_log(self.log_file(program.name)) as output:
            return await asyncio.create_subprocess_exec(
                *tied_to_parent(program.argv, signal.SIGTERM),
                env=dict(program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C at the terminal is ours to pass on, in order
            )

    async def _mind(self, child: Child) -> None:
        name = child.program.name
        loop = asyncio.get_running_loop()
        delay_s = FIRST_DELAY_S
        while True:
            started_s = loop.time()
            returncode = await child.process.wait()
            if not child.program.keep_alive:
                self._exits.put_nowait(Exit(name, returncode, last_lines(self.log_file(name))))
                return
            delay_s = next_delay_s(delay_s, lived_s=loop.time() - started_s)
            log.warning("child ended, starts again", child=name, returncode=returncode, delay_s=delay_s)
            await asyncio.sleep(delay_s)
            try:
                child.process = await self._spawn(child.program)
            except OSError as error:  # no memory or no file left, say: it may be freed
                log.warning("child does not start", child=name, error=str(error))

    async def _end(self, child: Child) -> None:
        if child.minder is not None:
            child.minder.cancel()
            await asyncio.wait({child.minder})
        if child.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            child.process.terminate()
        try:
            await asyncio.wait_for(child.process.wait(), self._grace_s)
        except TimeoutError:
            log.warning("child did not end in time, is killed", child=child.program.name)
            # The whole group: what the child started must not survive it.
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            await child.process.wait()


def tied_to_parent(argv: Sequence[str], parent_died: signal.Signals) -> tuple[str, ...]:
    """The command, to be sent a signal by the kernel when its parent dies, even of SIGKILL.

    The kernel counts the thread that started it as the parent: start children from the main thread.
    """
    return ("setpriv", "--pdeathsig", parent_died.name.removeprefix("SIG"), *argv)


def next_delay_s(delay_s: float, *, lived_s: float) -> float:
    """How long to wait before the next start: doubled from time to time, anew after a calm life."""
    return FIRST_DELAY_S if lived_s > CALM_AFTER_S else min(2 * delay_s, LONGEST_DELAY_S)


@asynccontextmanager
async def until_signalled() -> AsyncIterator[None]:
    """Ctrl-C or TERM ends the block quietly; whatever it started is stopped on its way out.

    A second signal is not waited for: it ends us, and the kernel ends the children.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "needs a task to cancel"
    signals = (signal.SIGINT, signal.SIGTERM)
    signalled = asyncio.Event()

    def end_block() -> None:
        for number in signals:
            loop.remove_signal_handler(number)
        signalled.set()
        task.cancel()

    for number in signals:
        loop.add_signal_handler(number, end_block)
    try:
        yield
    except asyncio.CancelledError:
        if not signalled.is_set() or task.uncancel() > 0:
            raise
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def open_log(path: Path) -> BinaryIO:
    """A log to append to; only its owner reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab", buffering=0)


def last_lines(path: Path) -> str:
    """The end of a log, for a message."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        return "".join(deque(lines, maxlen=LAST_LINES))
