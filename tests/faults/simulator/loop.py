"""A loop that owns time and chance: which process moves next is drawn, and no second passes that is not drawn either.

Within a process callbacks keep their order, as asyncio promises; between processes any order may come. A frozen
process moves no more until it thaws, with all that waited for it; a dead one never does, and no `finally` of it runs.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any, TypeVar, TypeVarTuple

Answer = TypeVar("Answer")
Given = TypeVarTuple("Given")

_MOST_STEPS = 400_000
_MOST_CANCELS = 10  # a task may have several things to let go of
OF_NO_PROCESS = Context()  # what happens at the other end, whoever asked for it and has died since
_PROCESS: ContextVar["Process | None"] = ContextVar("process", default=None)


class Stuck(Exception):
    """Nothing will ever happen again, or something happens for ever without time passing."""


class Process:
    """What would be one process of the operating system: it lives, is stopped, goes on, and dies on its own."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.ready: deque[asyncio.Handle] = deque()
        self.is_listed = False  # among those that may move
        self.is_frozen = False
        self.is_dead = False
        self.tasks: list[asyncio.Task[Any]] = []


class Loop(asyncio.AbstractEventLoop):
    """Runs processes in drawn order on drawn time."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.outside = Process("outside", 0)
        self.processes = [self.outside]
        self._movable: list[Process] = []
        self._at = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timer_count = 0

    def process(self, name: str) -> Process:
        """A new process."""
        process = Process(name, len(self.processes))
        self.processes.append(process)
        return process

    def current(self) -> Process:
        """The process that moves now."""
        return _PROCESS.get() or self.outside

    def freeze(self, process: Process) -> None:
        """Stop a process where it is."""
        process.is_frozen = True

    def thaw(self, process: Process) -> None:
        """Let it go on as if nothing had been."""
        process.is_frozen = False
        self._list(process)

    def kill(self, process: Process) -> None:
        """End it where it is."""
        process.is_dead = True

    def start(self, process: Process, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """Have a process do something."""
        context = copy_context()
        context.run(_PROCESS.set, process)
        return context.run(self.create_task, work)

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do this, outside of every process, and let all else happen until it is done."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(work)
            for _ in range(_MOST_STEPS):
                if task.done():
                    return task.result()
                self._step()
            raise Stuck(f"still busy after {_MOST_STEPS} steps, {self._at:.1f} s")
        finally:
            asyncio._set_running_loop(None)

    def bury(self) -> None:
        """The curtain: whatever is still under way, dead ones included, is cancelled and ends."""
        for process in self.processes:
            process.is_dead = False
            self.thaw(process)
        asyncio._set_running_loop(self)
        try:
            for _ in range(_MOST_CANCELS):
                for task in [task for process in self.processes for task in process.tasks if not task.done()]:
                    task.cancel()
                while self._movable:
                    self._step()
        finally:
            asyncio._set_running_loop(None)

    def _step(self) -> None:
        """Let one process, drawn from those that may move, do the next thing that it has to do."""
        movable = self._movable
        if not movable:
            self._pass_time()
            return
        place = int(self.chance.random() * len(movable))
        process = movable[place]
        may_move = not (process.is_frozen or process.is_dead)
        if process.ready and may_move:
            handle = process.ready.popleft()
            if not handle.cancelled():
                handle._run()
        if not process.ready or not may_move:
            process.is_listed = False
            movable.remove(process)

    def _list(self, process: Process) -> None:
        if process.ready and not (process.is_listed or process.is_frozen or process.is_dead):
            process.is_listed = True
            self._movable.append(process)

    def _pass_time(self) -> None:
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        if not self._timers:
            raise Stuck(f"nobody moves and no timer runs, {self._at:.1f} s")
        self._at = self._timers[0][0]
        while self._timers and self._timers[0][0] <= self._at:
            handle = heapq.heappop(self._timers)[2]
            if not handle.cancelled():
                self._enqueue(handle)

    def _enqueue(self, handle: asyncio.Handle) -> None:
        process: Process = handle._context.get(_PROCESS) or self.outside  # type: ignore[attr-defined]  # asyncio's own
        process.ready.append(handle)
        if not process.is_listed:
            self._list(process)

    # What asyncio asks of a loop.

    def time(self) -> float:
        """Seconds since the beginning of the world."""
        return self._at

    def call_soon(
        self, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.Handle:
        """Call within this instant."""
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call after some time."""
        return self.call_at(self._at + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a moment."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._timer_count += 1
        heapq.heappush(self._timers, (max(when, self._at), self._timer_count, handle))
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, Answer] | Coroutine[Any, Any, Answer],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> "asyncio.Task[Answer]":
        """A task of the process that moves now."""
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self.current().tasks.append(task)
        return task

    def get_debug(self) -> bool:
        """Asyncio asks."""
        return False

    def is_running(self) -> bool:
        """Asyncio asks."""
        return True

    def is_closed(self) -> bool:
        """Asyncio asks."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Asyncio tells; cancelled timers are passed by when their time comes."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Told when what nobody waited for failed, whenever memory is swept: too late to be part of a story."""
