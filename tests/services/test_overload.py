"""More than the suite can take, or than its disk holds: refused in time, told when to come again, nothing lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from deploy.ports import free_ports
from deploy.suite.gateway import READY_LIMIT_S
from deploy.suite.postgres_ballast import BALLAST_BYTES, PLENTY, ROOM_TO_RUN_BYTES, Ballast
from deploy.suite.postgres_ending import server_pids
from deploy.suite.serve import listening
from shared.disk import LOOK_EVERY_S, Disk
from shared.errors import DiskFull
from shared.ids import new_id
from tests.services.tickets import shop_saved
from tests.world import Chain, World, living_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_IN_FLIGHT = 25
BURST = 10 * MOST_IN_FLIGHT
GIGABYTE = 2**30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small_world() -> AsyncIterator[World]:
    """The suite at work with little room for anything."""
    async with living_world(most_in_flight=MOST_IN_FLIGHT, most_connections=2) as world:
        yield world


@pytest.fixture
def chain(small_world: World) -> Chain:
    return Chain(small_world)


def milk(number: int) -> dict[str, Any]:
    return {
        "business_on": "2026-11-24",
        "number": str(number),
        "sold_at": "2026-11-24T09:55:00+08:00",
        "kind": "sale",
        "lines": [{"sku": "milk", "quantity_milli": 1000, "gross_fen": 350, "amount_fen": 350}],
        "total_fen": 350,
        "tenders": [{"kind": "cash", "amount_fen": 350}],
    }


async def shop_of(chain: Chain) -> UUID:
    shop = shop_saved(chain)
    await chain.world.say(shop)
    await chain.world.settled()
    return shop.shop_id


async def post_until_stored(till: httpx.AsyncClient, number: int, refusals: list[httpx.Response]) -> str:
    """As a till does: again when it is told to, until it is told that the ticket is stored; no two at one moment.

    All who were refused coming again at once, every now and then, would have this process do nothing else.
    """
    while True:
        answer = await till.post("/trade/v1/tickets", json=milk(number))
        if answer.status_code == 201:
            ticket_id: str = answer.json()["ticket_id"]
            return ticket_id
        refusals.append(answer)
        await asyncio.sleep(int(answer.headers["retry-after"]) + number / BURST)


async def test_a_burst_of_ten_times_what_is_taken_loses_nothing_acknowledged(chain: Chain) -> None:
    shop_id = await shop_of(chain)
    till, refusals = chain.till(shop_id), list[httpx.Response]()

    stored = await asyncio.gather(*(post_until_stored(till, number, refusals) for number in range(BURST)))

    rows = await chain.world.rows("select ticket_id::text from trade.ticket where shop_id = $1", shop_id)
    assert sorted(row["ticket_id"] for row in rows) == sorted(stored)
    assert len(set(stored)) == BURST
    assert refusals, "the burst was no burst"
    assert {(one.status_code, one.json()["code"], one.headers["retry-after"]) for one in refusals} == {
        (503, "overloaded", "1")
    }
    await chain.world.settled()
    posted = await chain.world.rows("select from settlement.posting where shop_id = $1", shop_id)
    assert len(posted) == BURST
    calm = await till.post("/trade/v1/tickets", json=milk(BURST))
    assert calm.status_code == 201


async def test_what_is_refused_for_too_many_at_once_was_not_begun(chain: Chain) -> None:
    shop_id = await shop_of(chain)
    till = chain.till(shop_id)

    answers = await asyncio.gather(*(till.post("/trade/v1/tickets", json=milk(number)) for number in range(BURST)))

    acknowledged = {answer.json()["ticket_id"] for answer in answers if answer.status_code == 201}
    rows = await chain.world.rows("select ticket_id::text from trade.ticket where shop_id = $1", shop_id)
    assert {row["ticket_id"] for row in rows} == acknowledged
    assert len(acknowledged) < BURST


async def test_with_every_connection_taken_the_answer_is_to_come_again_not_silence(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_id = await shop_of(chain)
    monkeypatch.setattr("shared.db.pool._ACQUIRE_S", 0.2)
    till, office = chain.till(shop_id), chain.head_office()
    database = chain.world.suite.running["trade"].context.database
    async with AsyncExitStack() as taken:
        for _ in range(2):
            await taken.enter_async_context(database.reading())
        async with asyncio.timeout(5):
            answers = [
                await till.post("/trade/v1/tickets", json=milk(1)),
                await office.get(f"/trade/v1/shops/{shop_id}/tickets"),
            ]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "1"), (503, "1")]
    assert (await till.post("/trade/v1/tickets", json=milk(1))).status_code == 201


async def test_below_the_watermark_nothing_is_changed_and_reading_goes_on(chain: Chain, tmp_path: Path) -> None:
    shop_id = await shop_of(chain)
    till, office = chain.till(shop_id), chain.head_office()
    free, now = [GIGABYTE], [0.0]
    for name in ("trade", "settlement", "directory"):
        disk = Disk(tmp_path, GIGABYTE, free=lambda _: free[0], clock=lambda: now[0])
        chain.world.suite.running[name].context.disk = disk
    assert (await till.post("/trade/v1/tickets", json=milk(1))).status_code == 201

    free[0], now[0] = GIGABYTE - 1, LOOK_EVERY_S
    refused = [
        await till.post("/trade/v1/tickets", json=milk(2)),
        await till.post("/trade/v1/tickets:batch", json={"tickets": [milk(3), milk(4)]}),
        await office.put("/settlement/v1/split-rules/franchise", json={"platform_bp": 100}),
    ]
    assert [(one.status_code, one.json()["code"], one.headers["retry-after"]) for one in refused] == [
        (507, "disk_full", "30")
    ] * 3
    listed = await office.get(f"/trade/v1/shops/{shop_id}/tickets")
    assert [item["number"] for item in listed.json()["items"]] == ["1"]
    nobody = {"grant": "device", "credential_id": str(new_id()), "secret": "x" * 43}
    asked = await chain.world.client().post("/directory/v1/tokens", json=nobody)
    assert asked.status_code == 401, "whoever wants to read may still sign in, if she can"

    free[0], now[0] = GIGABYTE, 2 * LOOK_EVERY_S
    assert (await till.post("/trade/v1/tickets", json=milk(2))).status_code == 201


async def test_the_disk_is_looked_at_twice_a_second_at_most(tmp_path: Path) -> None:
    looks, now = [], [0.0]

    def look(folder: Path) -> int:
        looks.append(folder)
        return 0

    disk = Disk(tmp_path, 1, free=look, clock=lambda: now[0])
    for now[0] in (0.0, LOOK_EVERY_S / 2, LOOK_EVERY_S):
        with pytest.raises(DiskFull):
            disk.must_have_room()
    assert looks == [tmp_path, tmp_path]


async def test_ballast_is_laid_where_there_is_plenty_and_dropped_where_there_is_nothing(tmp_path: Path) -> None:
    free = [PLENTY * BALLAST_BYTES - 1]
    ballast, file = Ballast(tmp_path, free=lambda _: free[0]), tmp_path / "ballast"
    ballast.lay()
    assert not file.exists()
    free[0] += 1
    ballast.lay()
    assert file.stat().st_blocks * 512 >= BALLAST_BYTES, "named, but not taken"
    free[0] = ROOM_TO_RUN_BYTES
    assert not ballast.drop_if_full()
    free[0] -= 1
    assert ballast.drop_if_full()
    assert not file.exists()


@contextmanager
def hanging(world: World) -> Iterator[None]:
    """The database of a world takes whatever it is sent and answers nothing."""
    pids = server_pids(world.scratch.folder / "postgres" / "data")
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def test_a_process_whose_database_hangs_says_in_time_that_it_cannot_work_and_soon_that_it_can(
    small_world: World,
) -> None:
    asker = small_world.client()
    with hanging(small_world):
        async with asyncio.timeout(3 * READY_LIMIT_S):
            for _ in range(2):
                assert (await asker.get("/ready", timeout=10)).status_code == 503
            assert (await asker.get("/health")).status_code == 200
    async with asyncio.timeout(10):
        while (await asker.get("/ready")).status_code != 200:
            await asyncio.sleep(0.05)


async def test_whoever_asks_is_told_to_come_again_when_the_database_says_nothing(
    chain: Chain, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("shared.context", "shared.http.doors", "shared.db.database"):
        monkeypatch.setattr(f"{module}.ANSWER_LIMIT_S", 0.4)
    shop_id = await shop_of(chain)
    till, office = chain.till(shop_id), chain.head_office()
    with hanging(small_world):
        async with asyncio.timeout(8):
            answers = await asyncio.gather(
                till.post("/trade/v1/tickets", json=milk(1)),
                office.post("/member/v1/members:find", json={"kind": "card", "value": "SY0000000001"}),
                office.get(f"/trade/v1/shops/{shop_id}/tickets"),
            )
    told = {(answer.status_code, answer.json()["code"], answer.headers["retry-after"]) for answer in answers}
    assert told == {(503, "away", "1")}
    assert (await till.post("/trade/v1/tickets", json=milk(1))).status_code == 201


async def test_whoever_waits_when_a_process_ends_is_told_to_send_the_same_again(
    chain: Chain, small_world: World
) -> None:
    till = chain.till(await shop_of(chain))
    port, metrics_port = free_ports(2)
    settings = small_world.scratch.settings.model_copy(update={"port": port, "metrics_port": metrics_port})
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=till.headers, timeout=30) as outside:
        with hanging(small_world):
            async with listening(small_world.suite, settings):
                asked = asyncio.create_task(outside.post("/trade/v1/tickets", json=milk(1)))
                await is_waiting("trade")
            answer = await asked
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "away", "1")
    assert (await till.post("/trade/v1/tickets", json=milk(1))).status_code == 201


async def is_waiting(service: str) -> None:
    """Until somebody waits for an answer of this service."""
    while not REGISTRY.get_sample_value("siyu_requests_in_flight", {"service": service}):
        await asyncio.sleep(0.01)
