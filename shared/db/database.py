"""A service's database: one pool, and transactions whose last act is to append what happened to the log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

import asyncpg

from shared.clock import Clock
from shared.db.arrays import know_arrays_by_type
from shared.db.faults import CONTENTION, is_passing
from shared.db.known import Known
from shared.events.event import Asked, Event, Heard, Saying, saying

Row = Any  # asyncpg.Record: read by name, `row["points"]`
Done = TypeVar("Done")
Append = Callable[["Tx", Sequence[Saying]], Awaitable[None]]

LONGEST_SILENCE_S = 8.0

_TRIES = 4
_ACQUIRE_S = 5.0  # with every connection taken or refused for so long, "try again" is said rather than nothing

PLANNING = {
    "jit": "off",
    # A plan made while a table was empty reads it whole for ever after: what has an index is found by it.
    "enable_seqscan": "off",
}
_SETTINGS = {
    **PLANNING,
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "tcp_user_timeout": "10s",
}


class Tx:
    """One transaction: its statements, the moment it acts at, and what it will have said when it commits."""

    __slots__ = ("at", "cause", "connection", "known", "said", "trace")

    def __init__(
        self, connection: Any, at: datetime, cause: str = "", trace: str = "", known: Known | None = None
    ) -> None:
        self.connection = connection
        self.known = known or Known()
        self.at = at
        self.cause = cause
        self.trace = trace
        self.said: list[Saying] = []

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        """All rows of a statement."""
        rows: list[Row] = await self.connection.fetch(sql, *values)
        return rows

    async def first(self, sql: str, *values: object) -> Row | None:
        """The first row of a statement, or none."""
        return await self.connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or none."""
        return await self.connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: object) -> int:
        """Run a statement; answers how many rows it touched."""
        status: str = await self.connection.execute(sql, *values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Append many rows in binary COPY; it knows no `on conflict`, so the rows must be new."""
        await self.connection.copy_records_to_table(table, columns=columns, records=rows)

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
        self._dsn = dsn
        self._clock = clock
        self._append = append
        self._said = said
        self._most_connections = most_connections
        self._silence_s = silence_s
        self._pool: Any = None
        self._known = Known()

    def now(self) -> datetime:
        """Business time."""
        return self._clock()

    async def open(self) -> None:
        """Connect; raises what the driver raises where the server is away."""
        self._pool = await open_pool(self._dsn, self._most_connections, self._silence_s)

    async def close(self) -> None:
        """Let every connection go."""
        if self._pool is not None:
            with suppress(TimeoutError):
                await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection for single statements, mostly reads, without a transaction around them."""
        async with self._pool.acquire(timeout=_ACQUIRE_S) as connection:
            yield Tx(connection, self._clock(), known=self._known)

    async def act(self, work: Callable[[Tx], Awaitable[Done]], cause: str = "", trace: str = "") -> Done:
        """Do `work` in one transaction; where it met another transaction, do it again, a few times."""
        for _ in range(_TRIES - 1):
            with suppress(*CONTENTION):
                async with self.transaction(cause, trace) as tx:
                    return await work(tx)
        async with self.transaction(cause, trace) as tx:
            return await work(tx)

    @asynccontextmanager
    async def transaction(self, cause: str = "", trace: str = "") -> AsyncIterator[Tx]:
        """One transaction; it commits when the block ends well, with everything it said appended to the log."""
        async with self._pool.acquire(timeout=_ACQUIRE_S) as connection:
            tx = Tx(connection, self._clock(), cause, trace, self._known)
            await connection.execute("begin")
            try:
                yield tx
                if tx.said:
                    await self._append(tx, tx.said)
                await connection.execute("commit")
            except BaseException as error:
                await _roll_back(connection, error)
                raise
        if tx.said:
            self._said()


async def _roll_back(connection: Any, error: BaseException) -> None:
    """Roll back, or drop a connection that can't: it must never come back to the pool inside a transaction."""
    if connection.is_closed():
        return
    try:
        await connection.execute("rollback", timeout=5)
    except Exception as failure:
        connection.terminate()
        if not is_passing(failure) and not is_passing(error):
            raise


def columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """Rows turned into columns: what a statement over `unnest($1, $2, …)` takes. There must be a row."""
    return [list(column) for column in zip(*rows, strict=True)]


async def open_pool(dsn: str, most_connections: int, silence_s: float = LONGEST_SILENCE_S) -> Any:
    """Connections for work: every limit set, statements kept prepared. Raises what the driver raises.

    A transaction whose client says nothing for `silence_s` is ended, and frees its rows.
    """
    know_arrays_by_type()
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=most_connections,
        max_inactive_connection_lifetime=600,
        max_cached_statement_lifetime=0,
        statement_cache_size=1000,
        command_timeout=35,  # a line that went silent is given up soon after the statement itself would be
        timeout=10,
        server_settings={**_SETTINGS, "idle_in_transaction_session_timeout": f"{1000 * silence_s:.0f}ms"},
        reset=_keep,
    )


async def _keep(connection: Any) -> None:
    """Give a connection back as it is: nobody leaves anything behind, and a reset costs a round trip."""


@asynccontextmanager
async def plain_connection(dsn: str) -> AsyncIterator[Any]:
    """One connection of its own, for migrations and provisioning."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)
