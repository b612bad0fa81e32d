"""A service's database: one pool, and transactions whose last act is to append what happened to the log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

from shared.clock import Clock
from shared.db.faults import CONTENTION, is_passing
from shared.db.known import Known
from shared.db.pool import LONGEST_SILENCE_S, Pool
from shared.events.event import Asked, Event, Heard, Saying, saying

Row = Any  # asyncpg.Record: read by name, `row["points"]`
Done = TypeVar("Done")
Append = Callable[["Tx", Sequence[Saying]], Awaitable[None]]

ANSWER_LIMIT_S = 10.0  # nobody waits longer for one statement who is waited for by a till

_TRIES = 4


class Tx:
    """One transaction: its statements, the moment it acts at, and what it will have said when it commits."""

    __slots__ = ("at", "cause", "connection", "known", "limit_s", "said", "trace")

    def __init__(
        self,
        connection: Any,
        at: datetime,
        cause: str = "",
        trace: str = "",
        known: Known | None = None,
        limit_s: float | None = None,
    ) -> None:
        self.connection = connection
        self.known = known or Known()
        self.limit_s = limit_s  # of each statement; the connection's own if there is none
        self.at = at
        self.cause = cause
        self.trace = trace
        self.said: list[Saying] = []

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        """All rows of a statement."""
        rows: list[Row] = await self.connection.fetch(sql, *values, timeout=self.limit_s)
        return rows

    async def first(self, sql: str, *values: object) -> Row | None:
        """The first row of a statement, or none."""
        return await self.connection.fetchrow(sql, *values, timeout=self.limit_s)

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or none."""
        return await self.connection.fetchval(sql, *values, timeout=self.limit_s)

    async def execute(self, sql: str, *values: object) -> int:
        """Run a statement; answers how many rows it touched."""
        status: str = await self.connection.execute(sql, *values, timeout=self.limit_s)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Append many rows in binary COPY; it knows no `on conflict`, so the rows must be new."""
        await self.connection.copy_records_to_table(table, columns=columns, records=rows, timeout=self.limit_s)

    def emit(self, event: Event, because: Heard[Event] | Asked | None = None) -> None:
        """Say `event` when the transaction commits; `because` is what was heard or asked."""
        if because is None:
            self.said.append(saying(event, self.cause, self.trace))
        else:
            self.said.append(saying(event, str(because.event_id), because.trace))


class Database:
    """The pool of one service. Nothing below the edge begins or ends a transaction."""

    def __init__(
        self,
        dsn: str,
        clock: Clock,
        append: Append,
        *,
        said: Callable[[], None],
        most_connections: int = 10,
        silence_s: float = LONGEST_SILENCE_S,
    ) -> None:
        self._pool = Pool(dsn, most_connections, silence_s=silence_s)
        self._clock = clock
        self._append = append
        self._said = said
        self._known = Known()

    def now(self) -> datetime:
        """Business time."""
        return self._clock()

    async def open(self) -> None:
        """Connect; raises what the driver raises where the server is away."""
        await self._pool.open()

    async def close(self) -> None:
        """Let every connection go."""
        await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection for single statements, mostly reads, without a transaction around them."""
        async with self._pool.connection() as connection:
            yield Tx(connection, self._clock(), known=self._known, limit_s=ANSWER_LIMIT_S)

    async def act(
        self,
        work: Callable[[Tx], Awaitable[Done]],
        cause: str = "",
        trace: str = "",
        limit_s: float | None = None,
    ) -> Done:
        """Do `work` in one transaction; where it met another transaction, do it again, a few times."""
        for _ in range(_TRIES - 1):
            with suppress(*CONTENTION):
                async with self.transaction(cause, trace, limit_s) as tx:
                    return await work(tx)
        async with self.transaction(cause, trace, limit_s) as tx:
            return await work(tx)

    @asynccontextmanager
    async def transaction(self, cause: str = "", trace: str = "", limit_s: float | None = None) -> AsyncIterator[Tx]:
        """One transaction; it commits when the block ends well, with everything it said appended to the log.

        Each of its statements is waited for so long at most.
        """
        async with self._pool.connection() as connection:
            tx = Tx(connection, self._clock(), cause, trace, self._known, limit_s)
            await tx.execute("begin")
            try:
                yield tx
                if tx.said:
                    await self._append(tx, tx.said)
                await tx.execute("commit")
            except BaseException as error:
                await _roll_back(connection, error)
                raise
        if tx.said:
            self._said()


async def _roll_back(connection: Any, error: BaseException) -> None:
    """Roll back, or drop a connection that can't: it must never come back to the pool inside a transaction."""
    if connection.is_closed() or isinstance(error, TimeoutError):
        return  # who is silent would be silent still: the pool lets it go
    try:
        await connection.execute("rollback", timeout=5)
    except Exception as failure:
        connection.terminate()
        if not is_passing(failure) and not is_passing(error):
            raise


def columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """Rows turned into columns: what a statement over `unnest($1, $2, …)` takes. There must be a row."""
    return [list(column) for column in zip(*rows, strict=True)]
