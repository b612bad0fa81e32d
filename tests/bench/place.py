"""Where it is measured: a durable PostgreSQL of its own, the suite's usual processes on it, and the bench's chain."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from deploy.folders import throw_away_folder
from deploy.ports import free_ports
from deploy.processes import Processes, Program
from deploy.suite.run import Site, answering, bus, site, start_part
from deploy.suite.services import all_services
from shared.auth.caller import Caller, Kind
from shared.auth.tokens import Signer
from shared.db.pool import plain_connection
from shared.ids import new_id
from shared.settings import Settings
from tests.bench.kept import KEPT_FROM, copy_kept
from tests.bench.seed import BRAND_ID, Seed, seed, shop_id
from tests.bench.tickets import TILLS_OF_A_TEMPLATE, goods, templates, till_of
from tests.bench.tills import Order, Seen

TILLS = 2_000
CATCH_UP_LIMIT_S = 300.0
START_LIMIT_S = 60.0


@dataclass
class Place:
    """A suite at work."""

    on: Site
    processes: Processes
    connection: "asyncpg.Connection[asyncpg.Record]"
    members: int
    tokens: list[str]
    look: Any  # a pool: several look at the same time
    readers: int = 0  # processes that listen
    series: int = 0

    async def read_in(self, processes: int) -> None:
        """Listen in so many processes, and wait until each has its share."""
        for number in range(self.readers + 1, processes + 1):
            roles = "readers,jobs" if self.readers else "readers,jobs,relay"
            await start_part(self.processes, self.on, f"readers-{number}", roles, number)
            self.readers = number
        await self.until_none(f"select {processes} - count(distinct owner) from settlement.lease where until >= now()")

    async def read_no_more(self) -> None:
        """Whoever listens ends."""
        for number in range(1, self.readers + 1):
            await self.processes.end(f"readers-{number}")
        self.readers = 0

    @asynccontextmanager
    async def answering_in_two(self) -> AsyncIterator[None]:
        """A second process answers on the same port, for as long as the block lasts."""
        await start_part(self.processes, self.on, "api-2", "api", 0)
        async with asyncio.timeout(START_LIMIT_S):
            while _listening_on(self.on.settings.port) < 2:
                await asyncio.sleep(0.05)
        try:
            yield
        finally:
            await self.processes.end("api-2")

    @asynccontextmanager
    async def beside(self, name: str, *module: str, **more: str) -> AsyncIterator[int]:
        """Another server on a port of its own, for as long as the block lasts."""
        port = free_ports(1)[0]
        environment = {**self.on.environment, "SIYU_PORT": str(port), "SIYU_METRICS_PORT": "0", **more}
        await self.processes.start(Program(name, (sys.executable, "-m", *module), environment))
        try:
            await answering(port, "/ready")
            yield port
        finally:
            await self.processes.end(name)

    def naive_dsn(self) -> str:
        """The same database for SQLAlchemy, as the administrator."""
        return self.on.admin_dsn.replace("postgresql://", "postgresql+asyncpg://", 1)

    def order(self, **what: Any) -> Order:
        """An order to the tills, with numbers that no run before has used."""
        self.series += 1
        usual: dict[str, Any] = {
            "port": self.on.settings.port,
            "tokens": self.tokens,
            "members": self.members,
            "series": self.series,
        }
        return Order(**(usual | what))

    def processor_s(self) -> dict[str, float]:
        """Processor time so far: of each of our processes, and of PostgreSQL's together."""
        spent = {name: spent_s(self.processes.pid(name)) for name in self.processes.names()}
        return spent | {"postgres": sum(spent_s(pid) for pid in family(_postmaster(self.on.settings.home)))}

    async def said(self) -> int:
        """How many events trade has said so far: one a ticket."""
        return int(await self.look.fetchval("select sum(next)::bigint from trade.log_head"))

    async def passed(self) -> dict[int, int]:
        """The offset that the slowest listener has reached in each partition of trade's log."""
        each = " union all ".join(
            f"select part, off from {name}.cursor where source = 'trade'" for name in self.listeners()
        )
        rows = await self.look.fetch(f"select part, min(off) as off from ({each}) as places group by part")
        return {row["part"]: row["off"] for row in rows}

    async def unread(self) -> int:
        """How much every listener of trade has still to take in."""
        return int(await self.look.fetchval(self._unread_sql()))

    async def caught_up(self) -> float:
        """Wait until all have taken in everything; answers the moment (monotonic)."""
        await self.until_none(self._unread_sql())
        return time.monotonic()

    async def until_none(self, sql: str) -> None:
        """Wait until this counts nothing."""
        async with asyncio.timeout(CATCH_UP_LIMIT_S):
            while await self.look.fetchval(sql):
                await asyncio.sleep(0.02)

    def listeners(self) -> list[str]:
        """Who hears trade."""
        return [name for name, service in all_services().items() if "trade" in service.sources]

    def _unread_sql(self) -> str:
        each = " union all ".join(
            f"select sum(head.next - coalesce(cursor.off, 0)) as rows from trade.log_head head"
            f" left join {name}.cursor cursor on cursor.source = 'trade' and cursor.part = head.part"
            for name in self.listeners()
        )
        return f"select sum(rows)::bigint from ({each}) as behind"


@asynccontextmanager
async def place(members: int, **settings: object) -> AsyncIterator[Place]:
    """Start everything on free ports in a throw-away folder, filled with the bench's chain."""
    with throw_away_folder("siyu-bench-") as folder:
        wanted = Seed(members, goods(), sold())
        is_kept = members >= KEPT_FROM
        if is_kept:
            await copy_kept(wanted, folder)
        port = free_ports(1)[0]
        usual = {"metrics_port": 0, "log_level": "WARNING", "processes": 4}  # so many share the port
        told = {"home": folder, "port": port, **usual, **settings}
        async with (
            bus(Settings.model_validate(told), folder) as broker,
            site(Settings.model_validate(told | broker)) as on,
            Processes(folder / "logs") as processes,
            plain_connection(on.admin_dsn) as connection,
            asyncpg.create_pool(on.admin_dsn, min_size=1, max_size=3) as look,
        ):
            if not is_kept:
                await seed(connection, on.secrets, wanted)
            await connection.execute("checkpoint")
            await start_part(processes, on, "api", "api", 0)
            await answering(port, "/ready")
            yield Place(on, processes, connection, members, tokens_of(on), look)


def tokens_of(on: Site) -> list[str]:
    """Tokens of as many tills, each of a shop of its own."""
    signer = Signer("directory", on.secrets.signing_key("directory"))
    return [
        signer.token(
            Caller(Kind.TILL, new_id(), BRAND_ID, "T1", shop_ids=frozenset({shop_id(n)}), credential_id=new_id()),
            lifetime_s=7200,
        )
        for n in range(TILLS)
    ]


def _postmaster(home: Path) -> int:
    return int(next((home / "postgres").rglob("postmaster.pid")).read_text().split()[0])


def _listening_on(port: int) -> int:
    """How many listen on a port of 127.0.0.1 (proc_net_tcp: the state 0A)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return sum(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in lines[1:])


def family(pid: int) -> list[int]:
    """A process, its children, and theirs (proc(5), task/children of each of its threads)."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return [pid, *(one for child in children for one in family(child))]


def spent_s(pid: int) -> float:
    """User and system time of a process and of its children that have ended (proc(5), stat: fields 14 to 17)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # a backend that has ended: the postmaster has its time
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def sold() -> list[tuple[UUID, str]]:
    """Which shops sell what: each template is sold by its four tills."""
    return [
        (shop_id(till_of(place, time_, TILLS)), sku)
        for place, template in enumerate(templates())
        for time_ in range(TILLS_OF_A_TEMPLATE)
        for sku in template.skus
    ]


async def post(order: Order) -> Seen:
    """Have tills work in a process of their own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.tills",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    output, _ = await process.communicate(msgspec.json.encode(order))
    assert process.returncode == 0, "the tills failed"
    return msgspec.json.decode(output, type=Seen)


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which this part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0
