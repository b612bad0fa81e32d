"""Brings schemas to their newest shape, as their owners; they only go forward.

Alembic does the work (`migrations.py`), and is loaded where there is some: mostly there is none, and to load it takes
longer than to see that.
"""

import importlib
from typing import Any

from deploy.suite.lines import Line, lines_of
from shared.db.pool import plain_connection
from shared.db.provision import let_read
from shared.log.segments import create_partitions, ensure_segments

_LOCK = "select pg_advisory_lock(hashtext('siyu migrate ' || current_schema()))"
_HAS_LOG = "select to_regclass('log_head') is not null"
_UNLOCK = "select pg_advisory_unlock(hashtext('siyu migrate ' || current_schema()))"


async def migrate(service: str, dsn: str, partitions: int) -> bool:
    """Bring one service's schema to its newest shape; answers whether anything had to be done."""
    async with plain_connection(dsn) as connection:
        await connection.execute(_LOCK)
        try:
            behind = [line for line in lines_of(service) if await _stands_at(connection, line) != line.newest]
            for line in behind:
                await importlib.import_module("deploy.suite.migrations").upgrade(line, dsn)
            if await connection.fetchval(_HAS_LOG):  # not while its very first migration is being written
                await create_partitions(connection, partitions)
                await ensure_segments(connection)
                await let_read(connection, service)
        finally:
            await connection.execute(_UNLOCK)
    return bool(behind)


async def _stands_at(connection: Any, line: Line) -> str | None:
    if not await connection.fetchval("select to_regclass($1) is not null", line.version_table):
        return None
    revision: str = await connection.fetchval(f"select version_num from {line.version_table}")  # noqa: S608 - a name of ours
    return revision
