"""The demo in small: baskets of three shops, played over HTTP with a suite, an emulator and a database of their own.

After the recorded baskets a till of ours sends what they lack: a friend's purchases, returns of them before and after
her inviter's rebates mature, exchanges, voids, tickets with a delivery fee, and tickets of one who joins only
afterwards.
"""

import gzip
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from deploy.demo.chain import BRAND_CODE
from deploy.demo.client import Client
from deploy.demo.opening import JOIN_COUPON_FEN, Badge, Opened, equip_till
from deploy.demo.play import Played, Stage, play
from deploy.demo.source import BASKETS, BUNDLED, SHOP_ZONE, Source, business_day, read_source, recorded_baskets
from deploy.ports import free_ports
from deploy.processes import Processes
from deploy.suite.demo import caught_up, found
from deploy.suite.run import Site, answering, start_emulator
from deploy.suite.scratch import Scratch, scratch_database
from deploy.suite.serve import Suite, listening
from deploy.suite.services import all_services
from shared.clock import ReplayClock
from shared.jobs import run_now
from tests.checker import sent as sending
from tests.checker import standing as looking
from tests.checker.sent import Sent
from tests.checker.standing import Standing

# In these three there is all that the checker looks at: a partner, returns, redemptions that find their basket, scans.
STORES = frozenset({333, 420, 445})
SHOP, TILL = "S00333", "99"
RATHER_LESS = {"kind": "loyalty", "amount_fen": 7}
RATHER_MORE = {"kind": "loyalty", "amount_fen": -100}
DELIVERY = "DELIVERY"  # a fee: no goods
NEWCOMER = 99_999  # no recorded household has this number
PASSWORD = "long enough for a demo"
RETURN_WINDOW = timedelta(days=7)
HERE = Path(__file__).parents[2]

Off = dict[str, Any] | None


@dataclass(frozen=True)
class Ended:
    """A replay that has ended: what was sent, what stood then, and an administrator's way to the tables."""

    played: Played
    sent: Sent
    standing: Standing
    connection: "asyncpg.Connection[asyncpg.Record]"


class Silent:
    """Shows nothing to nobody."""

    def say(self, text: str) -> None:
        """Nothing."""

    def baskets(self, total: int) -> Callable[[int], None]:
        """No bar."""
        return lambda _: None


@asynccontextmanager
async def small_replay(folder: Path) -> AsyncIterator[Ended]:
    """Play it to its end. The services and the emulator are gone when the block begins; the tables stand."""
    port, metrics_port, emulator_port = free_ports(3)
    outside = f"http://127.0.0.1:{emulator_port}"
    told = {
        "port": port, "metrics_port": metrics_port, "clock_file": folder / "clock", "wecom_url": outside,
        "weixin_url": outside, "partitions": 2, "most_connections": 5,
    }  # fmt: skip
    async with scratch_database(list(all_services()), **told) as scratch:
        with closing(ReplayClock(folder / "clock")) as clock:
            environment = {**os.environ, "PYTHONPATH": str(HERE)}
            site = Site(scratch.admin_dsn, scratch.settings, scratch.secrets, environment)
            async with Processes(folder / "logs") as processes:
                await start_emulator(processes, site, emulator_port)
                await answering(emulator_port, "/emulator/health")
                played = await _play(site, scratch, (port, emulator_port), clock, folder)
                sent = sending.read(folder / "journal.jsonl")
                standing = await looking.read(scratch.admin_dsn, sent.brand_id, outside)
        connection = await asyncpg.connect(scratch.admin_dsn)
        try:
            yield Ended(played, sent, standing, connection)
        finally:
            await connection.close()


async def _play(site: Site, scratch: Scratch, ports: tuple[int, int], clock: ReplayClock, folder: Path) -> Played:
    services = all_services()
    suite = Suite(services, site.settings, site.secrets, every=list(services), clock=clock)
    await suite.start()
    try:
        async with listening(suite, site.settings):
            founded = await found(site)
            stage = Stage(
                port=ports[0],
                emulator_port=ports[1],
                clock=clock,
                journal=folder / "journal.jsonl",
                staff_code=founded.staff_code,
                one_time_password=founded.one_time_password,
                password=PASSWORD,
            )
            played = await play(stage, _cut(folder), Silent(), partial(caught_up, scratch.admin_dsn))
            await caught_up(scratch.admin_dsn)
            await _play_on(stage, suite, partial(caught_up, scratch.admin_dsn))
            return played
    finally:
        await suite.stop()


@dataclass
class Till:
    """Our own till: it numbers its tickets, sends them, and writes down what it sent."""

    client: Client
    badge: Badge
    stage: Stage
    days: dict[str, str] = field(default_factory=dict)  # number → business day of what was sent

    async def post(
        self, kind: str, card: str | None, lines: dict[str, tuple[int, int]], of: str = "", off: Off = None
    ) -> str:
        """Send a ticket of goods (SKU → quantity and fen), `of` an earlier one, with a discount; answers its number."""
        number = f"{len(self.days) + 1:06d}"
        at = self.stage.clock().astimezone(SHOP_ZONE)
        total_fen = sum(fen for _, fen in lines.values()) - (off["amount_fen"] if off else 0)
        body: dict[str, Any] = {
            "business_on": business_day(at).isoformat(),
            "number": number,
            "sold_at": at.isoformat(timespec="seconds"),
            "kind": kind,
            "lines": [
                {"sku": sku, "quantity_milli": milli, "gross_fen": fen, "discounts": [], "amount_fen": fen}
                for sku, (milli, fen) in lines.items()
            ],
            "discounts": [off] if off else [],
            "total_fen": total_fen,
            "tenders": [{"kind": "wechat", "amount_fen": total_fen}],
        }
        if card:
            body["member"] = {"kind": "card", "value": card}
        if of:
            business_on = self.days.get(of, body["business_on"])
            body["original"] = {"shop": SHOP, "till": TILL, "business_on": business_on, "number": of}
        self.days[number] = body["business_on"]
        answer = await self.client.ask("POST", "/trade/v1/tickets", body, token=await self.badge.token())
        self._note("ticket", shop=SHOP, till=TILL, body=body, status=answer.status, answer=answer.body)
        return number

    def number_ahead(self) -> str:
        """The number of the ticket after the next one: of one that is sold already, and that we hear of later."""
        return f"{len(self.days) + 2:06d}"

    async def tell_of_fee(self, office: Badge, sku: str) -> None:
        """Have a SKU in the catalogue that is no goods."""
        fee = {"sku": sku, "name": sku, "product_class": "FEE", "is_goods": False}
        await self.client.must("POST", "/directory/v1/skus:save", {"skus": [fee]}, token=await office.token())
        self._note("edge", shop=SHOP, codes_that_are_no_goods=[sku])

    async def join(self, card: str) -> None:
        """Make a member of whoever shows this card."""
        answer = await self.client.must("POST", "/member/v1/members", {"card": card}, token=await self.badge.token())
        self._note("member", member_id=answer["member_id"], signs=[f"card:{card}"])

    def _note(self, what: str, **facts: object) -> None:
        with self.stage.journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps({"what": what, **facts}, separators=(",", ":")) + "\n")


async def _play_on(stage: Stage, suite: Suite, caught_up: Callable[[], Awaitable[float]]) -> None:
    """What the recorded baskets lack. The replay's clock moves beyond the return window once."""
    sent = sending.read(stage.journal)
    with closing(Client(stage.port)) as client:
        grant = {"grant": "password", "brand": BRAND_CODE, "staff": stage.staff_code, "password": stage.password}
        opened = Opened(Badge(client, grant), shop_ids=sent.shop_ids)
        till = Till(client, await equip_till(client, opened, SHOP, TILL), stage)
        await till.tell_of_fee(opened.office, DELIVERY)
        await caught_up()
        friend = f"SY{next(iter(sent.accepted)):010d}"
        bread, milk = sorted(sku for shop_id, sku in sent.stock if shop_id == sent.shop_ids[SHOP])[:2]
        basket = await till.post("sale", friend, {bread: (3000, 6_667), milk: (2000, 9_999)})
        feast = await till.post("sale", friend, {bread: (90_000, 400_000)})
        await till.post("sale", friend, {milk: (1000, 5_555)})
        brought = await till.post("sale", friend, {bread: (2000, 4_500), DELIVERY: (1000, 1_500)})
        await till.post("sale", friend, {DELIVERY: (1000, 20_000)})
        await _void_some(till, friend, (bread, milk))
        await till.post("return", friend, {bread: (-1000, -2_222)}, of=basket)
        await till.post("return", friend, {DELIVERY: (-1000, -1_500)}, of=brought)
        await till.post("return", friend, {bread: (-90_000, -400_000)}, of=feast)
        await caught_up()
        stage.clock.set(stage.clock() + RETURN_WINDOW)
        referral = suite.running["referral"]
        (mature,) = (job for job in referral.service.jobs if job.name == "mature_rewards")
        assert await run_now(referral.context, mature)
        await till.post("return", friend, {milk: (-1000, -5_000)}, of=basket)
        late = await till.post(
            "exchange", friend, {bread: (-1000, -2_222), milk: (3000, 15_001)}, of=basket, off=RATHER_LESS
        )
        await till.post("exchange", None, {milk: (-1000, -5_001), bread: (1000, 2_223)}, of=late, off=RATHER_MORE)
        await till.post("exchange", friend, {milk: (-1000, -7_770), bread: (1000, 2_223)})
        await till.post("return", friend, {milk: (-1000, -200_000)})  # more than she has: she owes points now
        await till.post("sale", friend, {milk: (-1000, -155)})
        newcomer = f"SY{NEWCOMER:010d}"
        first = await till.post("sale", newcomer, {bread: (2000, 4_444)})
        await till.post("return", newcomer, {bread: (-1000, -2_222)}, of=first)
        await till.join(newcomer)
        await _spend_a_join_coupon(till, bread)
        await caught_up()


async def _void_some(till: Till, friend: str, skus: tuple[str, str]) -> None:
    """A ticket of which something came back before, and one whose void we hear of first."""
    bread, milk = skus
    wrong = await till.post("sale", friend, {bread: (4000, 8_888), milk: (1000, 1_111), DELIVERY: (1000, 700)})
    await till.post("return", friend, {bread: (-1000, -2_222)}, of=wrong)
    await till.post("void", friend, {milk: (-1000, -1_111)}, of=wrong)
    ahead = till.number_ahead()
    await till.post("void", friend, {}, of=ahead)
    assert await till.post("sale", friend, {milk: (2000, 7_777)}) == ahead


async def _spend_a_join_coupon(till: Till, sku: str) -> None:
    """By chance nobody's came in time for her next recorded basket; without the line up no till holds it before."""
    for line in till.stage.journal.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        if note["what"] == "bind":
            path = f"/campaign/v1/people/{note['member_id']}/coupons"
            coupons = await till.client.must("GET", path, token=await till.badge.token())
            free = [coupon["coupon_id"] for coupon in coupons if coupon["purpose"] == "join"]
            if free:
                off = {"kind": "coupon", "amount_fen": JOIN_COUPON_FEN, "coupon_id": free[0]}
                await till.post("sale", None, {sku: (1000, 2_222)}, off=off)
                return


def _cut(folder: Path) -> Source:
    """What the bundled extract holds of these shops."""
    whole = read_source(BUNDLED)
    kept = [basket for basket in recorded_baskets(whole) if basket.store_id in STORES]
    ids = {basket.basket_id for basket in kept}
    with gzip.open(folder / BASKETS, "wt", encoding="utf-8") as file:
        file.writelines(line for line in _lines(BUNDLED / BASKETS) if int(line[1 : line.index(",")]) in ids)
    households = {basket.household_id for basket in kept}
    sold = {line.product_id for basket in kept for line in basket.lines}
    return replace(
        whole,
        folder=folder,
        store_ids=tuple(store for store in whole.store_ids if store in STORES),
        household_ids=tuple(household for household in whole.household_ids if household in households),
        products={product_id: product for product_id, product in whole.products.items() if product_id in sold},
        redemptions=tuple(item for item in whole.redemptions if item.household_id in households),
    )


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from file
