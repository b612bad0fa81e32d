"""A ticket's way over a real Apache Kafka whose broker is killed and missed by all its clients (`make test-kafka`)."""

import asyncio
import os
import signal
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY

from deploy.kafka.broker import Broker
from shared.ids import new_id
from tests.services.member.callers import assert_adds_up, join, points_of
from tests.services.tickets import shop_saved
from tests.world import Chain, World, living_world

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

CATCH_UP_S = 90.0  # clients of a dead broker give up after 15 s and back off for 5 s at most
TICKETS_A_WAVE = 40
TICKET_FEN = 700
CARD = {"kind": "card", "value": "8800000001"}


class Shop:
    """A franchised shop, one till in it and one member who buys milk there, over and over."""

    def __init__(self, chain: Chain, shop_id: UUID, member_id: UUID) -> None:
        self.chain = chain
        self.shop_id = shop_id
        self.member_id = member_id
        self._till = chain.till(shop_id)
        self._sold = 0

    async def sell(self, count: int = TICKETS_A_WAVE) -> None:
        """Sell milk so many times at once; every ticket is posted twice, as a till does that heard no answer."""
        numbers = [str(self._sold + index) for index in range(count)]
        self._sold += count
        for answer in await asyncio.gather(*(self._post(number) for number in numbers * 2)):
            assert answer.status_code in (200, 201), answer.text

    async def must_have_counted(self, tickets: int) -> None:
        """Points, growth, stock and split are those of so many tickets, to the fen."""
        office = self.chain.head_office()
        points = await points_of(self.chain, self.member_id)
        assert (points["points"], points["growth"]) == (tickets * 7, tickets * 7)
        shelf = (await office.get(f"/inventory-sharing/v1/shops/{self.shop_id}/stock")).json()["items"]
        assert {item["sku"]: item["on_hand_milli"] for item in shelf} == {"milk": 1_000_000 - tickets * 1_000}
        days = {"first_on": "2026-11-01", "last_on": "2026-11-30"}
        balances = (await office.get("/settlement/v1/balances", params=days)).json()
        split = {item["account"]: item["amount_fen"] for item in balances if item["amount_fen"]}
        assert split == {"takings": -700 * tickets, "platform": 7 * tickets, "seller": 693 * tickets}

    async def must_add_up(self) -> None:
        """Every ledger agrees with itself."""
        office = self.chain.head_office()
        await assert_adds_up(self.chain)
        assert (await office.get("/inventory-sharing/v1/reconciliation")).json() == []
        assert (await office.get("/settlement/v1/reconciliation")).json() == {"unbalanced": [], "drifted": []}

    async def _post(self, number: str) -> httpx.Response:
        milk = {"sku": "milk", "quantity_milli": 1_000, "gross_fen": TICKET_FEN, "amount_fen": TICKET_FEN}
        ticket: dict[str, Any] = {
            "business_on": "2026-11-24", "number": number, "sold_at": "2026-11-24T10:01:00+08:00", "kind": "sale",
            "member": CARD, "lines": [milk], "total_fen": TICKET_FEN,
            "tenders": [{"kind": "cash", "amount_fen": TICKET_FEN}],
        }  # fmt: skip
        return await self._till.post("/trade/v1/tickets", json=ticket)


async def open_shop(chain: Chain) -> Shop:
    """The shop opens: its split rule, a thousand bottles on the shelf, its first member."""
    office = chain.head_office()
    facts = shop_saved(chain, partner_id=new_id())
    await chain.world.say(facts)
    rule = await office.put("/settlement/v1/split-rules/franchise", json={"platform_bp": 100})
    assert rule.status_code == 200, rule.text
    level = {"kind": "set", "lines": [{"sku": "milk", "quantity_milli": 1_000_000}]}
    path = f"/inventory-sharing/v1/shops/{facts.shop_id}/stock-changes/{new_id()}"
    assert (await office.put(path, json=level)).status_code == 200
    member = await join(chain.till(facts.shop_id), card=CARD["value"])
    await chain.world.settled(CATCH_UP_S)
    chain.world.clock.pass_by(minutes=5)  # the rule is in force for what is sold from now on
    return Shop(chain, facts.shop_id, UUID(member["member_id"]))


async def kill(broker: Broker) -> None:
    """The broker dies without a word."""
    os.kill(broker.pid, signal.SIGKILL)
    await broker.stop()


def stumbles(world: World) -> list[float]:
    """How often each reader's turn has failed."""
    readers = [(name, source) for name, running in world.suite.running.items() for source in running.service.sources]
    counts = (
        REGISTRY.get_sample_value("siyu_reader_stumbles_total", {"service": name, "source": source})
        for name, source in readers
    )
    return [count or 0.0 for count in counts]


async def missed_by_all(world: World, before: list[float]) -> None:
    """Wait until every reader has given up on the broker; the relay, which had something to write, has by then too."""
    async with asyncio.timeout(CATCH_UP_S):
        while any(now <= then for now, then in zip(stumbles(world), before, strict=True)):
            await asyncio.sleep(0.1)


async def test_every_ticket_counts_once_everywhere_though_the_broker_is_killed_in_the_middle() -> None:
    with tempfile.TemporaryDirectory(prefix="siyu-kafka-", ignore_cleanup_errors=True) as name:
        broker = await Broker.start(Path(name))
        try:
            async with living_world(bus="kafka", kafka_bootstrap=broker.address) as world:
                shop = await open_shop(Chain(world))
                await shop.sell()
                await world.settled(CATCH_UP_S)
                await shop.must_have_counted(TICKETS_A_WAVE)
                well = stumbles(world)
                await asyncio.gather(shop.sell(), kill(broker))
                await shop.sell()
                await missed_by_all(world, well)
                assert await world.unread(), "with the broker away nobody hears of a ticket, and the till does not care"
                broker = await Broker.start(Path(name), port=broker.port)
                await shop.sell()
                await world.settled(CATCH_UP_S)
                await shop.must_have_counted(4 * TICKETS_A_WAVE)
                await shop.must_add_up()
                assert await world.dead_letters() == []
        finally:
            await broker.stop()
