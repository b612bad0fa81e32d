"""P9: settlement's projections made anew from the logs, beside reading and decoding the same logs alone."""

import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from deploy.processes import Program
from deploy.suite.history import AHEAD
from deploy.suite.rebuild import Wish, rebuild_service, told_history
from deploy.suite.services import all_services
from deploy.suite.shadow import Ground
from shared.bus.log_source import LogSource
from shared.bus.source import Position
from shared.clock import system_now
from shared.db.database import Database
from shared.events.directory import PartnerSaved, ShopSaved, SkuSaved
from shared.events.event import Event, hear
from shared.events.member import OwnerAssigned
from shared.log.append import append
from tests.bench.place import Place, post
from tests.bench.rows import BATCHES, Row, alternating
from tests.bench.seed import BRAND_ID

MEMBERS = 20_000
TICKETS = 60_000
POSTING_S = 5.0
SETTLEMENT = all_services()["settlement"]
_UNREAD = """
select coalesce(sum(head.next - coalesce(cursor.off, 0)), 0)::bigint
  from (select 'trade' as source, part, next from trade.log_head
        union all select 'directory', part, next from directory.log_head
        union all select 'member', part, next from member.log_head) as head
  left join settlement.cursor on cursor.source = head.source and cursor.part = head.part
"""


async def p9(here: Place) -> Row:
    """Nothing differs, or it was no rebuild."""
    await _fill(here)
    ground = Ground(here.on.admin_dsn, here.on.settings, here.on.secrets)
    told = 0

    async def rebuilt_per_s() -> float:
        nonlocal told
        begun = time.monotonic()
        rebuilt = await rebuild_service(SETTLEMENT, ground, Wish())
        assert rebuilt.is_well, rebuilt
        told = rebuilt.read
        return rebuilt.read / (time.monotonic() - begun)

    async def heard_per_s() -> float:
        begun = time.monotonic()
        return await _hear_all(ground) / (time.monotonic() - begun)

    rebuilt_s, heard_s = await alternating(rebuilt_per_s, heard_per_s)
    sales = await here.said()
    note = f"{told:,} events, {sales:,} of them tickets; the shadow made, compared and dropped within the figure"
    work = "settlement rebuilt into a shadow"
    return Row("P9", work, rebuilt_s, "/s", heard_s, "read and decoded", "≥ 25 %; first ≥ 15 %", [note])


async def _hear_all(ground: Ground) -> int:
    """Read every log that settlement hears, and decode what it hears of it."""
    async with told_history(SETTLEMENT, ground) as history:
        return sum([await _hear_log(log) for log in history.logs.values()])


async def _hear_log(log: LogSource) -> int:
    kinds = {kind.TYPE: kind for listener in SETTLEMENT.listeners for kind in listener.kinds}
    heads = await log.heads()
    places = {part: Position(0, 0, head.incarnation) for part, head in heads.items()}
    read = 0
    while records := (fetched := await log.fetch(places, AHEAD * len(places) // 2)).records:
        for record in records:
            if record.type in kinds:
                hear(record, kinds[record.type])
        places = {part: place for part, place in fetched.after.items() if place.off < heads[part].next}
        read += len(records)
    return read


async def _fill(here: Place) -> None:
    """The logs as years would have filled them: what settlement's tables hold already, then tickets; all taken in."""
    look = here.connection
    await _say(here, "directory", [
        PartnerSaved(brand_id=BRAND_ID, partner_id=row["partner_id"], code=row["code"], name="", version=1)
        for row in await look.fetch("select partner_id, code from settlement.partner")
    ])  # fmt: skip
    shops = await look.fetch("select shop_id, partner_id from settlement.shop")
    await _say(here, "directory", [_shop(*row) for row in shops])
    goods = await look.fetch("select sku, product_class from settlement.sku")
    await _say(here, "directory", [_sku(*row) for row in goods])
    owners = await look.fetch("select member_id, shop_id from settlement.owner")
    await _say(here, "member", [OwnerAssigned(brand_id=BRAND_ID, member_id=row[0], shop_id=row[1]) for row in owners])
    while await here.said() < TICKETS:
        await post(here.order(kind="ticket", path=BATCHES, at_once=2, tickets_a_post=500, seconds=POSTING_S))
    async with _listening(here):
        await here.until_none(_UNREAD)


def _shop(shop_id: UUID, partner_id: UUID | None) -> ShopSaved:
    return ShopSaved(
        brand_id=BRAND_ID, shop_id=shop_id, code="", name="", region_id=None, branch_id=None, area_id=None,
        partner_id=partner_id, zone="Asia/Shanghai", cutover_minutes=0, longitude_e6=0, latitude_e6=0, is_open=True,
        version=1,
    )  # fmt: skip


def _sku(sku: str, product_class: str) -> SkuSaved:
    return SkuSaved(
        brand_id=BRAND_ID, sku=sku, name="", unit="each", product_class=product_class, is_goods=True, version=1
    )


async def _say(here: Place, service: str, events: Sequence[Event]) -> None:
    dsn = here.on.settings.dsn(f"siyu_{service}", here.on.secrets.password(f"siyu_{service}"))
    database = Database(dsn, system_now, append(here.on.settings.partitions), said=lambda: None)
    await database.open()
    async with database.transaction("seed") as tx:
        for event in events:
            tx.emit(event)
    await database.close()


@asynccontextmanager
async def _listening(here: Place) -> AsyncIterator[None]:
    """Settlement listens, and nobody else: the others' work is not what is measured."""
    argv = (sys.executable, "-m", "deploy.suite", "serve", "settlement", "--roles", "readers")
    await here.processes.start(Program("settlement", argv, {**here.on.environment, "SIYU_METRICS_PORT": "0"}))
    try:
        yield
    finally:
        await here.processes.end("settlement")
