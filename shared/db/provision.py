"""Roles and schemas: each service owns its own and can read nothing of a sister's.

For a service `trade`: login role `siyu_trade`, owner of schema `trade`; login role `siyu_trade_reader`, which may
read `trade.log` and `trade.log_head` and nothing else. Run by a role that may create roles; never by a service.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.db.pool import plain_connection

READABLE = ("log", "log_head")


async def provision(admin_dsn: str, services: Iterable[str], passwords: Mapping[str, str]) -> None:
    """Make what is missing; running it again changes nothing but the passwords. `passwords` is by role."""
    async with plain_connection(admin_dsn) as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('siyu provision'))")
        await connection.execute("revoke create on schema public from public")
        for service in services:
            await _role(connection, f"siyu_{service}", passwords[f"siyu_{service}"])
            await _role(connection, f"siyu_{service}_reader", passwords[f"siyu_{service}_reader"])
            await connection.execute(f"grant siyu_{service} to current_user")
            await connection.execute(f"create schema if not exists {service} authorization siyu_{service}")
            await connection.execute(f"grant usage on schema {service} to siyu_{service}_reader")


async def _role(connection: Any, role: str, password: str) -> None:
    """A login role whose statements find its own schema first. Names come from code, never from a caller."""
    if await connection.fetchval("select 1 from pg_roles where rolname = $1", role) is None:
        await connection.execute(f"create role {role} login nosuperuser nocreatedb nocreaterole")
    quoted = await connection.fetchval("select quote_literal($1::text)", password)
    await connection.execute(f"alter role {role} password {quoted}")
    schema = role.removeprefix("siyu_").removesuffix("_reader")
    await connection.execute(f"alter role {role} set search_path = {schema}")


async def let_read(connection: Any, service: str) -> None:
    """Open the log, and only the log, to the readers' role; run as the schema's owner after migrations."""
    for table in READABLE:
        await connection.execute(f"grant select on {table} to siyu_{service}_reader")
