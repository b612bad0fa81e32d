"""PostgreSQL as a driver shows it, drawn: transactions, row locks, and every way in which a connection fails.

A statement takes time before or after it acts, so that whoever asked may be frozen or dead when it does. A connection
may be lost before a statement, after it, or over a commit whose fate nobody learns, or that happens later.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from enum import Enum, auto
from random import Random
from typing import Any

import asyncpg

from tests.faults.simulator.loop import OF_NO_PROCESS, Loop, Process

LOCK_LIMIT_S = 5.0  # as shared/db/database.py sets it
IDLE_LIMIT_S = 8.0
_LATE_COMMIT_S = 4.0

Key = tuple[str, Hashable]
Act = Callable[..., Awaitable[Sequence["Row"]]]


class Row(dict[str, Any]):
    """A row: read by name, iterated by value."""

    def __iter__(self) -> Any:
        return iter(self.values())


class Fate(Enum):
    """What becomes of a statement whose connection is lost."""

    LOST_BEFORE = auto()
    LOST_AFTER = auto()
    LATER = auto()


class Work:
    """One transaction as the server sees it: what it wrote, what it locked."""

    def __init__(self, server: "Server") -> None:
        self.now = server.now()
        self.is_over = False
        self._server = server
        self._writes: dict[Key, Any] = {}
        self._held: list[Key] = []
        self._knocks: list[str] = []
        self._waits_for: asyncio.Future[None] | None = None

    def get(self, table: str, key: Hashable) -> Any:
        """A row as this transaction sees it; none where there is none."""
        if (table, key) in self._writes:
            return self._writes[table, key]
        return self._server.tables[table].get(key)

    def rows(self, table: str) -> dict[Any, Any]:
        """All rows of a table as this transaction sees them."""
        own = {key: row for (name, key), row in self._writes.items() if name == table}
        merged = self._server.tables[table] | own
        return {key: row for key, row in merged.items() if row is not None}

    def put(self, table: str, key: Hashable, row: Any) -> None:
        """Write a row that is locked, or none to delete it."""
        assert self._server.locks.get((table, key)) is self, "written without a lock"
        self._writes[table, key] = row

    def is_free(self, table: str, key: Hashable) -> bool:
        """Whether a lock would be had at once."""
        return self._server.locks.get((table, key)) in (None, self)

    def knock(self, channel: str) -> None:
        """Tell who listens there, once this is committed."""
        self._knocks.append(channel)

    async def lock(self, table: str, key: Hashable) -> None:
        """Lock a row, or the place where one would be; raises as the server does when it takes too long."""
        place, loop = (table, key), asyncio.get_running_loop()
        while self._server.locks.get(place) not in (None, self):
            waits: asyncio.Future[None] = loop.create_future()
            self._waits_for = waits
            self._server.waiting[place].append(waits)
            limit = loop.call_later(LOCK_LIMIT_S, _give_up, waits)
            await waits
            limit.cancel()
        self._waits_for = None
        if self.is_over:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        if place not in self._held:
            self._held.append(place)
        self._server.locks[place] = self

    def commit(self) -> None:
        """Make it so, all of it."""
        if self.is_over:
            return
        for (table, key), row in self._writes.items():
            if row is None:
                self._server.tables[table].pop(key, None)
            else:
                self._server.tables[table][key] = row
        if self._writes:
            self._server.told(self._writes)
        for channel in self._knocks:
            self._server.knock(channel)
        self.end()

    def end(self) -> None:
        """Let go of every lock; what was not committed never was."""
        self.is_over = True
        if self._waits_for is not None and not self._waits_for.done():
            self._waits_for.set_exception(asyncpg.ConnectionDoesNotExistError("connection was closed"))
        for place in self._held:
            if self._server.locks.get(place) is self:
                del self._server.locks[place]
            for waits in self._server.waiting.pop(place, ()):
                if not waits.done():
                    waits.set_result(None)


class Server:
    """One database server: what is committed, who is connected, and how unsteady the way there is."""

    def __init__(self, name: str, loop: Loop, acts: dict[str, Act], told: Callable[[dict[Key, Any]], None]) -> None:
        self.name = name
        self.tables: dict[str, dict[Any, Any]] = defaultdict(dict)
        self.locks: dict[Key, Work] = {}
        self.waiting: dict[Key, list[asyncio.Future[None]]] = defaultdict(list)
        self.connections: list[Connection] = []
        self.told = told
        self.acts = acts
        self.is_up = True
        self.is_unsteady = True
        self.cut_rate = 0.0
        self.skew_s = 0.0
        self.loop = loop
        self._asks_next: asyncio.Future[Process] | None = None

    @property
    def chance(self) -> Random:
        """What is drawn from."""
        return self.loop.chance

    def now(self) -> float:
        """The server's own clock."""
        return self.loop.time() + self.skew_s

    def delay_s(self) -> float:
        """How long a message is under way: mostly a moment, seldom long."""
        drawn = self.chance.random()
        if self.is_unsteady and drawn > 0.998:
            return self.chance.uniform(0.5, 4.0)
        return drawn * 0.002 if drawn < 0.95 else drawn * 0.05

    def fate(self, *, of_commit: bool) -> Fate | None:
        """What becomes of the next statement: nothing unusual, mostly."""
        if not self.cut_rate or self.chance.random() >= self.cut_rate * (5 if of_commit else 1):
            return None
        return self.chance.choice(list(Fate) if of_commit else [Fate.LOST_BEFORE, Fate.LOST_AFTER])

    def knock(self, channel: str) -> None:
        """Tell who listens there, by and by."""
        for connection in self.connections:
            connection.hear(channel)

    async def next_to_ask(self) -> Process:
        """The next process that asks this server for something."""
        if self._asks_next is None or self._asks_next.done():
            self._asks_next = self.loop.create_future()
        return await self._asks_next

    def asked(self, process: Process) -> None:
        """Somebody asks."""
        if self._asks_next is not None and not self._asks_next.done():
            self._asks_next.set_result(process)

    def cut(self, owner: Process | None = None, *, only_idle: bool = False) -> None:
        """Lose connections: everybody's, or those of one process, or of its transactions that wait for it."""
        for connection in list(self.connections):
            if (owner is None or connection.owner is owner) and (connection.work is not None or not only_idle):
                connection.lose()

    def kill(self) -> None:
        """Die at once: what was committed stays, what was under way never was."""
        self.is_up = False
        self.cut()

    def lost(self) -> Exception:
        """After a server kill drivers raise almost anything."""
        raised: list[Exception] = [
            asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
            asyncpg.AdminShutdownError("terminating connection due to administrator command"),
            asyncpg.InterfaceError("the underlying connection is closed"),
            ConnectionResetError(104, "Connection reset by peer"),
            TimeoutError(),
        ]
        return self.chance.choice(raised)


class Connection:
    """One connection, with the surface of asyncpg's that the product uses."""

    def __init__(self, server: Server, owner: Process) -> None:
        self.owner = owner
        self.work: Work | None = None
        self._server = server
        self._is_closed = False
        self._listeners: dict[str, tuple[Callable[[], None], Context]] = {}
        self._ending: list[tuple[Callable[[object], None], Context]] = []
        server.connections.append(self)

    def is_closed(self) -> bool:
        """Whether it is of no more use."""
        return self._is_closed

    def terminate(self) -> None:
        """Drop it."""
        self.lose()

    def lose(self) -> None:
        """The server ends it: its transaction never was."""
        self._is_closed = True
        if self in self._server.connections:
            self._server.connections.remove(self)
        if self.work is not None:
            self.work.end()
            self.work = None
        for tell, context in self._ending:
            self._server.loop.call_soon(tell, self, context=context)

    async def add_listener(self, channel: str, tell: Callable[[], None]) -> None:
        """Listen; the process that does may be frozen or dead when it is told."""
        await self._ask(_nothing)
        self._listeners[channel] = (tell, copy_context())

    def hear(self, channel: str) -> None:
        """What the server says to who listens here, a moment later."""
        if channel in self._listeners:
            tell, context = self._listeners[channel]
            self._server.loop.call_later(self._server.delay_s(), tell, context=context)

    def add_termination_listener(self, tell: Callable[[object], None]) -> None:
        """Whom to tell when this connection is gone."""
        self._ending.append((tell, copy_context()))

    def remove_termination_listener(self, tell: Callable[[object], None]) -> None:
        """Whom to tell no more."""
        self._ending = [one for one in self._ending if one[0] != tell]

    async def fetch(self, sql: str, *values: object, **_limit: object) -> list[Row]:
        """All rows."""
        return list(await self._ask(self._server.acts[sql], *values))

    async def fetchrow(self, sql: str, *values: object, **_limit: object) -> Row | None:
        """The first row."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def fetchval(self, sql: str, *values: object, **_limit: object) -> Any:
        """The first row's first column."""
        row = await self.fetchrow(sql, *values)
        return None if row is None else next(iter(row))

    async def execute(self, sql: str, *values: object, **_limit: object) -> str:
        """A statement; answers its tag."""
        if sql == "begin":
            await self._ask(self._begin)
            return "BEGIN"
        if sql == "rollback":
            await self._ask(self._end)
            return "ROLLBACK"
        if sql == "commit":
            await self._ask(self._commit, fate=self._server.fate(of_commit=True))
            return "COMMIT"
        return f"DONE {len(await self.fetch(sql, *values))}"

    async def _ask(self, act: Act, *values: object, fate: Fate | None = None) -> Sequence[Row]:
        """Have the server do something, over a way that takes time and may break."""
        self._server.asked(self.owner)
        fate = fate or self._server.fate(of_commit=False)
        is_slow_there = self._server.chance.random() < 0.5
        if is_slow_there:
            await asyncio.sleep(self._server.delay_s())
        self._must_live()
        if fate is Fate.LOST_BEFORE:
            self.lose()
            raise self._server.lost()
        if fate is Fate.LATER:
            self._commit_later()
            raise self._server.lost()
        rows = await (act(*values) if act in (self._begin, self._end, self._commit) else self._act(act, *values))
        if fate is Fate.LOST_AFTER:
            self.lose()
            raise self._server.lost()
        if not is_slow_there:
            await asyncio.sleep(self._server.delay_s())
        self._must_live()
        return rows

    async def _act(self, act: Act, *values: object) -> Sequence[Row]:
        if self.work is not None:
            return await act(self.work, *values)
        alone = Work(self._server)  # a statement without a transaction around it is one of its own
        rows = await act(alone, *values)
        alone.commit()
        return rows

    async def _begin(self) -> Sequence[Row]:
        assert self.work is None, "a connection came back inside a transaction"
        self.work = Work(self._server)
        return ()

    async def _end(self) -> Sequence[Row]:
        if self.work is not None:
            self.work.end()
            self.work = None
        return ()

    async def _commit(self) -> Sequence[Row]:
        assert self.work is not None, "nothing to commit"
        self.work.commit()
        self.work = None
        return ()

    def _commit_later(self) -> None:
        """The client hears that the connection is gone; the server has read the commit and gets to it by and by."""
        work, self.work = self.work, None
        assert work is not None, "nothing to commit"
        late_s = self._server.chance.uniform(0, _LATE_COMMIT_S)
        self._server.loop.call_later(late_s, work.commit, context=OF_NO_PROCESS)
        self.lose()

    def _must_live(self) -> None:
        if self._is_closed:
            raise self._server.lost()


class Pool:
    """One process's connections to one server."""

    def __init__(self, server: Server, owner: Process) -> None:
        self._server = server
        self._owner = owner
        self._free: list[Connection] = []

    @asynccontextmanager
    async def acquire(self, **_limit: object) -> AsyncIterator[Connection]:
        """A connection, new where none is free; raises where the server is away."""
        self._free = [connection for connection in self._free if not connection.is_closed()]
        if self._free:
            connection = self._free.pop()
        else:
            await asyncio.sleep(self._server.delay_s())
            if not self._server.is_up:
                raise ConnectionRefusedError(111, "Connection refused")
            connection = Connection(self._server, self._owner)
        try:
            yield connection
        finally:
            if not connection.is_closed():
                self._free.append(connection)

    async def close(self) -> None:
        """Let all go."""
        for connection in self._free:
            connection.lose()


async def _nothing(_work: Work) -> Sequence[Row]:
    return ()


def _give_up(waits: "asyncio.Future[None]") -> None:
    if not waits.done():
        waits.set_exception(asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))
