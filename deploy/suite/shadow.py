"""A shadow: a service's projections made a second time, in a schema of their own beside the service's.

It is made by the service's own migrations and belongs to a role of its own, which may read the service's tables and
write none of them: whatever a listener does here, the service comes to no harm. The service's own truth is seen as
it is, in its place; what all services carry (dead letters, revoked credentials, …) is there and empty, for listeners
to write to.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg

from deploy.suite.migrate import migrate
from deploy.suite.migrations import tables
from shared.app import Service
from shared.bus.source import Position
from shared.db.pool import PLANNING, plain_connection
from shared.db.provision import provision
from shared.db.tables import CARRIED_BY_ALL
from shared.secrets import Secrets
from shared.settings import Settings

_SETTINGS = {
    **PLANNING,
    "synchronous_commit": "off",  # after a crash it is made anew
    "client_connection_check_interval": "1s",  # who is killed leaves nothing that runs on
}
_ALONE = "select pg_advisory_lock(hashtext('siyu rebuild ' || $1::text))"
_VERSION = (
    "select (select version_num from {schema}.shared_version) || (select version_num from {schema}.service_version)"
)
_PLACES = "select source, part, off, mirror_off, incarnation from {service}.cursor where source = any($1::text[])"
_LOCKED_PLACES = _PLACES + " order by source, part for update"
_DEAD = "select count(*) from {service}.dead_letter"
_COMPARE = """
with surplus as materialized (table {service}.{table} except all table {shadow}.{table}),
missing as materialized (table {shadow}.{table} except all table {service}.{table})
select (select count(*) from {service}.{table}) as rows, (select count(*) from surplus) as surplus,
       (select count(*) from missing) as missing,
       array(select to_jsonb(surplus)::text from surplus order by 1 limit $1) as surplus_rows,
       array(select to_jsonb(missing)::text from missing order by 1 limit $1) as missing_rows
"""
_GRANTS = """
select format('grant %s on {service}.%I to %s', privilege_type, relname,
              case grantee when 0 then 'public' else grantee::regrole::text end) as granting
  from pg_class cross join lateral aclexplode(relacl)
 where relnamespace = '{service}'::regnamespace and relname = any($1::text[]) and grantee <> relowner
   and grantee <> '{role}'::regrole
"""
_KEPT = "select exists (select from pg_namespace where nspname = $1)"
_IS_ROLE = "select exists (select from pg_roles where rolname = $1)"
_LONGEST_WAIT = "500ms"  # shorter than PostgreSQL's look for deadlocks: it is we who give way
_LONGEST_WAIT_FOR_ANOTHER = "10s"
_EXAMPLES = 3


class Unready(Exception):
    """It can't be rebuilt as things stand; the message says what to do first."""


class Compared(NamedTuple):
    """A table and its rebuilt twin: rows that are only in the one, rows that are only in the other, a few of each."""

    table: str
    rows: int
    surplus: int
    missing: int
    surplus_rows: list[str]
    missing_rows: list[str]

    @property
    def differs(self) -> bool:
        """Whether they are not the same."""
        return bool(self.surplus or self.missing)


@dataclass(frozen=True)
class Ground:
    """Where the services' tables are, and who may do what with them."""

    admin_dsn: str
    settings: Settings
    secrets: Secrets

    def dsn(self, role: str) -> str:
        """The address for one role."""
        return self.settings.dsn(role, self.secrets.password(role))


class Shadow:
    """The shadow of one service, seen by an administrator's connection."""

    def __init__(self, service: Service, ground: Ground, admin: Any) -> None:
        self.service = service
        self.name = f"{service.name}_shadow"
        self.kept = f"{service.name}_before"
        self._ground = ground
        self._admin = admin
        self._role = f"siyu_{self.name}"
        self._names = {"service": service.name, "shadow": self.name, "role": self._role}

    async def make(self) -> None:
        """Make it, empty, in place of what an earlier run may have left."""
        name, role = self.service.name, self._role
        await self.drop()
        passwords = {one: self._ground.secrets.password(one) for one in (role, f"{role}_reader")}
        await provision(self._ground.admin_dsn, [self.name], passwords)
        await migrate(name, self._ground.dsn(role), 1)
        async with self._admin.transaction():
            await self._admin.execute(f"set local role siyu_{name}")
            await self._admin.execute(f"grant usage on schema {name} to {role}")
            await self._admin.execute(f"grant select on all tables in schema {name} to {role}")
        if await self._version(self.name) != await self._version(name):
            raise Unready(f"{name} is not migrated: run `siyu migrate` first.")
        own = tables(name).tables.keys() - CARRIED_BY_ALL
        for table in sorted(own - set(self.service.projections)):
            await self._admin.execute(f"drop table {self.name}.{table}")
        for table in self.service.projections:  # most shadows are only looked at: what a crash leaves is made anew
            await self._admin.execute(f"alter table {self.name}.{table} set unlogged")

    async def drop(self) -> None:
        """Leave nothing of it."""
        await self._admin.execute(f"drop schema if exists {self.name} cascade")
        if await self._admin.fetchval(_IS_ROLE, self._role):
            await self._admin.execute(f"drop owned by {self._role}")  # what it was granted
        await self._admin.execute(f"drop role if exists {self._role}, {self._role}_reader")

    async def drop_kept(self) -> bool:
        """Drop what the last swap kept; answers whether there was anything."""
        is_kept: bool = await self._admin.fetchval(_KEPT, self.kept)
        await self._admin.execute(f"drop schema if exists {self.kept} cascade")
        return is_kept

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[Any]:
        """A connection for listeners: they find their projections here and their service's own truth where it is."""
        path = {"search_path": f"{self.name}, {self.service.name}"}
        dsn = self._ground.dsn(self._role)
        connection = await asyncpg.connect(
            dsn, timeout=10, server_settings=_SETTINGS | path, max_cached_statement_lifetime=0
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=5)

    async def places(self, connection: Any) -> dict[tuple[str, int], Position]:
        """How far the service itself is, as this connection sees it."""
        return await self._read_places(connection, _PLACES)

    async def compare(self, connection: Any) -> list[Compared]:
        """Each projection against its twin, as this connection sees both."""
        await connection.execute("set local enable_seqscan = on; set local work_mem = '128MB'")
        found = []
        for table in self.service.projections:
            row = await connection.fetchrow(_COMPARE.format(table=table, **self._names), _EXAMPLES)
            found.append(Compared(table, *row))
        await connection.execute("set local enable_seqscan = off")
        return found

    async def make_fit(self) -> None:
        """As durable as any table, and with statistics, so that whoever comes upon them plans as well as before."""
        for table in self.service.projections:
            await self._admin.execute(f"alter table {self.name}.{table} set logged")
            await self._admin.execute(f"analyze {self.name}.{table}")

    @asynccontextmanager
    async def standing_still(self) -> AsyncIterator[Mapping[tuple[str, int], Position]]:
        """The service's readers wait until the block ends; in it stands how far they are."""
        async with self._admin.transaction():
            await self._admin.execute(f"set local lock_timeout = '{_LONGEST_WAIT}'")
            yield await self._read_places(self._admin, _LOCKED_PLACES)

    async def take_the_place(self) -> None:
        """Put the twins in the projections' place, in the transaction of `standing_still`; the old ones are kept."""
        name, owner = self.service.name, f"siyu_{self.service.name}"
        projections = self.service.projections
        await self.must_have_no_dead_letters()
        twice = ", ".join(f"{name}.{table}" for table in projections)
        await self._admin.execute(f"lock table {twice} in access exclusive mode")
        grants = await self._admin.fetch(_GRANTS.format(**self._names), list(projections))
        await self.drop_kept()
        await self._admin.execute(f"create schema {self.kept} authorization {owner}")
        for table in projections:
            await self._admin.execute(f"alter table {name}.{table} set schema {self.kept}")
            await self._admin.execute(f"alter table {self.name}.{table} set schema {name}")
            await self._admin.execute(f"alter table {name}.{table} owner to {owner}")
        for row in grants:
            await self._admin.execute(row["granting"])

    async def must_have_no_dead_letters(self) -> None:
        """A dead letter would be taken here and, once retried, there again."""
        dead = await self._admin.fetchval(_DEAD.format(**self._names))
        if dead:
            raise Unready(f"{self.service.name} has {dead} dead letters. Retry or drop them first.")

    async def must_be_alone(self) -> None:
        """One rebuild of a service at a time; another one's last moments are waited for."""
        await self._admin.execute(f"set lock_timeout = '{_LONGEST_WAIT_FOR_ANOTHER}'")
        try:
            await self._admin.execute(_ALONE, self.service.name)
        except asyncpg.LockNotAvailableError as error:
            raise Unready(f"Another rebuild of {self.service.name} is at work. Let it end first.") from error

    async def _version(self, schema: str) -> str:
        version: str = await self._admin.fetchval(_VERSION.format(schema=schema))
        return version

    async def _read_places(self, connection: Any, sql: str) -> dict[tuple[str, int], Position]:
        rows = await connection.fetch(sql.format(**self._names), self.service.sources)
        return {(row["source"], row["part"]): Position(*row[2:]) for row in rows}


@asynccontextmanager
async def shadow_of(service: Service, ground: Ground) -> AsyncIterator[Shadow]:
    """The shadow of a service, for as long as the block lasts; nobody else makes one of it meanwhile."""
    async with plain_connection(ground.admin_dsn) as admin:
        shadow = Shadow(service, ground, admin)
        await shadow.must_be_alone()
        await shadow.must_have_no_dead_letters()
        try:
            await shadow.make()
            yield shadow
        finally:
            await shadow.drop()
