"""The suite at work for tests: all services in this process, on a real PostgreSQL, behind their public doors.

Tests share one world and keep apart by brand: each makes its own. Only the clock and the world outside are ours.
"""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from deploy.suite.scratch import Scratch, scratch_database
from deploy.suite.serve import Suite
from deploy.suite.services import all_services
from shared import logs
from shared.auth.caller import Caller, Kind, Role
from shared.auth.tokens import Signer
from shared.events.event import Event
from shared.ids import new_id
from shared.runtime import Role as Part

SETTLE_LIMIT_S = 20.0
MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Hangzhou

_UNREAD = """
select head.part, head.next, cursor.off from {source}.log_head head
  left join {service}.cursor cursor on cursor.source = '{source}' and cursor.part = head.part
 where head.next > coalesce(cursor.off, 0)
"""
# Long enough not to be one of the waits of a moment that happen all the time.
_ONE_WAITS = "select exists (select from pg_locks where clock_timestamp() - waitstart > '100 ms'::interval) as waits"


class SetClock:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.at = MORNING

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        """Let time pass: `pass_by(days=7)`."""
        self.at += timedelta(**time)


@dataclass
class World:
    """Everything at work, and the ways a test looks at it."""

    scratch: Scratch
    suite: Suite
    clock: SetClock
    admin: Any
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, caller: Caller | None = None, **headers: str) -> httpx.AsyncClient:
        """A caller's way in, through the gateway."""
        if caller is not None:
            headers["Authorization"] = f"Bearer {self.token(caller)}"
        transport = httpx.ASGITransport(app=self.suite.gateway, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://siyu", headers=headers, timeout=30)
        self._clients.append(client)
        return client

    @asynccontextmanager
    async def second_process(self) -> AsyncIterator["World"]:
        """Another suite on the same database, as another process would be: nothing of it is shared with the first.

        It answers and does not read, so that the first one's listeners stay the only ones.
        """
        services = all_services()
        suite = Suite(services, self.scratch.settings, self.scratch.secrets, every=list(services), clock=self.clock)
        await suite.start(frozenset({Part.API}))
        try:
            yield World(self.scratch, suite, self.clock, self.admin)
        finally:
            await suite.stop()

    def token(self, caller: Caller) -> str:
        """A token as directory signs it, or as a service signs its own."""
        issuer = caller.name if caller.kind is Kind.SERVICE else "directory"
        return Signer(issuer, self.scratch.secrets.signing_key(issuer)).token(caller)

    async def say(self, *events: Event) -> None:
        """Have events said by the service that owns them, as its own actions would."""
        for event in events:
            service = event.TYPE.partition(".")[0].replace("-", "_")
            async with self.suite.running[service].context.database.transaction("test") as tx:
                tx.emit(event)

    async def settled(self, within_s: float = SETTLE_LIMIT_S) -> None:
        """Wait until every listener has taken in everything said so far, and what that led to."""
        async with asyncio.timeout(within_s):
            quiet = 0
            while quiet < 2:  # what one service says while another was looked at shows at the second look
                quiet = 0 if await self.unread() else quiet + 1
                await asyncio.sleep(0.01)

    async def unread(self) -> bool:
        """Whether some listener has something to take in."""
        for name, running in self.suite.running.items():
            for source in running.service.sources:
                if await self.admin.fetchrow(_UNREAD.format(source=source.replace("-", "_"), service=name)):
                    return True
        return False

    async def listener_waits_or_is_done(self) -> None:
        """Wait until what was said is taken in, or a listener waits for the lock of a transaction that a test holds."""
        async with asyncio.timeout(SETTLE_LIMIT_S):
            while await self.unread() and not (await self.rows(_ONE_WAITS))[0]["waits"]:
                await asyncio.sleep(0.01)

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """What the tables say, read as the administrator: `select … from trade.ticket …`."""
        rows: list[Any] = await self.admin.fetch(sql, *values)
        return rows

    async def said(self, kind: type[Event], brand_id: UUID) -> list[Any]:
        """Every event of a kind that was said for a brand, decoded, in the order of saying."""
        service = kind.TYPE.partition(".")[0].replace("-", "_")
        rows = await self.rows(f"select body from {service}.log where type = $1 order by event_id", kind.TYPE)
        facts = [_decoder(kind).decode(row["body"]) for row in rows]
        return [fact for fact in facts if fact.brand_id == brand_id]

    async def dead_letters(self) -> list[Any]:
        """Every dead letter of every service: healthy tests leave none."""
        found = []
        for name in self.suite.running:
            found += await self.rows(f"select '{name}' as service, type, error from {name}.dead_letter")
        return found


@functools.cache
def _decoder(kind: type[Event]) -> Any:
    return msgspec.json.Decoder(kind)


@dataclass
class Chain:
    """A brand of a test's own, with callers of every kind."""

    world: World
    brand_id: UUID = field(default_factory=new_id)

    def till(self, shop_id: UUID, code: str = "T1") -> httpx.AsyncClient:
        """A till at a shop."""
        return self.world.client(self.till_caller(shop_id, code))

    def till_caller(self, shop_id: UUID, code: str = "T1") -> Caller:
        """Who a till is."""
        return Caller(Kind.TILL, new_id(), self.brand_id, code, shop_ids=frozenset({shop_id}), credential_id=new_id())

    def staff(self, *roles: Role, shops: frozenset[UUID] | None = None) -> httpx.AsyncClient:
        """Someone of the staff; of every shop unless told which."""
        caller = Caller(Kind.STAFF, new_id(), self.brand_id, "staff", frozenset(roles), shops, new_id())
        return self.world.client(caller)

    def head_office(self) -> httpx.AsyncClient:
        """Head office."""
        return self.staff(Role.HEAD_OFFICE)

    def shopper(self, person_id: UUID) -> httpx.AsyncClient:
        """A shopper by her mini-program."""
        return self.world.client(Caller(Kind.SHOPPER, person_id, self.brand_id, shop_ids=frozenset()))

    def partner(self, partner_id: UUID) -> httpx.AsyncClient:
        """A partner's accounting."""
        return self.world.client(Caller(Kind.PARTNER, partner_id, self.brand_id, shop_ids=frozenset()))

    def service(self, name: str) -> httpx.AsyncClient:
        """A sister service."""
        return self.world.client(Caller(Kind.SERVICE, UUID(int=0), self.brand_id, name, shop_ids=None))


@asynccontextmanager
async def living_world(**settings: object) -> AsyncIterator[World]:
    """Start everything, with these settings where they are not the usual; stop everything."""
    services = all_services()
    logs.configure("WARNING")
    async with scratch_database(
        list(services),
        **{"partitions": 4, "most_connections": 5, "reader_pause_ms": 10, "writer_pause_ms": 0} | settings,
    ) as scratch:
        clock = SetClock()
        suite = Suite(services, scratch.settings, scratch.secrets, every=list(services), clock=clock)
        admin = await asyncpg.create_pool(scratch.admin_dsn, min_size=1, max_size=2)
        world = World(scratch, suite, clock, admin)
        await suite.start()
        try:
            yield world
        finally:
            for client in world._clients:
                await client.aclose()
            await suite.stop()
            await admin.close()
