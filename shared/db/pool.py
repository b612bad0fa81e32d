"""Connections to a database, and what is done when one of them falls silent without a word.

A firewall that forgets its lines, or a machine that is gone, closes nothing: whoever asks waits. So every question has
a limit; and whatever made one line silent may have befallen the others, which are idle and would each be found out
in its turn, so they are asked for a sign of life at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from shared.db.arrays import know_arrays_by_type

LONGEST_SILENCE_S = 8.0
SIGN_OF_LIFE_S = 1.0

_ACQUIRE_S = 5.0  # with every connection taken or refused for so long, "try again" is said rather than nothing
_STATEMENT_S = 30

PLANNING = {
    "jit": "off",
    # A plan made while a table was empty reads it whole for ever after: what has an index is found by it.
    "enable_seqscan": "off",
}
_SETTINGS = {
    **PLANNING,
    "lock_timeout": "5s",
    "statement_timeout": f"{_STATEMENT_S}s",
    "tcp_user_timeout": "10s",
}


class Pool:
    """Connections for work: every limit set, statements kept prepared.

    A transaction whose client says nothing for `silence_s` is ended by the server, and frees its rows; a question
    that is not answered within `limit_s` raises `TimeoutError`, and its connection is let go.
    """

    def __init__(
        self, dsn: str, most: int, *, silence_s: float = LONGEST_SILENCE_S, limit_s: float = _STATEMENT_S + 5
    ) -> None:
        self._dsn = dsn
        self._most = most
        self._silence_s = silence_s
        self._limit_s = limit_s
        self._pool: Any = None
        self._asking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect; raises what the driver raises where the server is away."""
        know_arrays_by_type()
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=self._most,
            max_inactive_connection_lifetime=600,
            max_cached_statement_lifetime=0,
            statement_cache_size=1000,
            command_timeout=self._limit_s,
            timeout=10,
            server_settings={
                **_SETTINGS,
                "idle_in_transaction_session_timeout": f"{1000 * self._silence_s:.0f}ms",
            },
            reset=_keep,
        )

    async def close(self) -> None:
        """Let every connection go."""
        if self._asking is not None:
            self._asking.cancel()
        if self._pool is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), 5)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One of them; in the block `TimeoutError` means that it is silent."""
        if self._asking is not None and not self._asking.done():
            await asyncio.wait({self._asking})
        async with self._pool.acquire(timeout=_ACQUIRE_S) as connection:
            try:
                yield connection
            except TimeoutError:
                connection.terminate()
                if self._asking is None or self._asking.done():
                    self._asking = asyncio.create_task(self._ask_idle(), name="ask idle connections")
                raise

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        """All rows of a statement, over any of them."""
        async with self.connection() as connection:
            rows: list[Any] = await connection.fetch(sql, *values)
            return rows

    async def _ask_idle(self) -> None:
        """Who gives no sign of life is let go."""
        await asyncio.gather(*(self._ask_one() for _ in range(self._pool.get_idle_size())))

    async def _ask_one(self) -> None:
        with suppress(Exception):  # of whatever kind: who asks next is told
            async with self._pool.acquire(timeout=SIGN_OF_LIFE_S) as connection:
                try:
                    await connection.execute("select 1", timeout=SIGN_OF_LIFE_S)
                except BaseException:
                    connection.terminate()
                    raise


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
