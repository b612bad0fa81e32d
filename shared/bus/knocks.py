"""Knocks: how other processes learn at once that a log which rested has news, though nobody asks for it often.

Whoever commits events knocks, in a statement of its own behind the commit: transactions that notify commit one after
another, whatever else they do. A knock is lost with its line or its process, and that does no harm: who
watches a log looks now and then by itself, and often while there is news, so that few commits knock.
"""

import asyncio
from contextlib import suppress

from shared.clock import steady_s
from shared.db.database import Database

AGAIN_AFTER_S = 2.0  # no watcher rests so soon after news

_KNOCK = "select pg_notify($1, '')"


class Knocker:
    """Knocks for one service's log."""

    def __init__(self, service: str, database: Database) -> None:
        self._channel = channel_of(service)
        self._database = database
        self._knocked_at = float("-inf")
        self._knocking: asyncio.Task[None] | None = None

    def knock(self) -> None:
        """Tell all who watch this log, unless they were told a moment ago."""
        now = steady_s()
        if now - self._knocked_at >= AGAIN_AFTER_S:
            self._knocked_at = now
            self._knocking = asyncio.create_task(self._knock(), name=f"knock {self._channel}")

    async def stop(self) -> None:
        """See the last knock off."""
        if self._knocking is not None:
            await asyncio.wait({self._knocking})

    async def _knock(self) -> None:
        with suppress(Exception):  # a server that is gone has nobody to tell: they look when it is back
            async with self._database.reading() as tx:
                await tx.execute(_KNOCK, self._channel)


def channel_of(log: str) -> str:
    """Where those who watch a log listen."""
    return f"siyu_log_{log.replace('-', '_')}"
