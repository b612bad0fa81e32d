"""A ticket through many processes: nginx, a process for each service's doors, one that reads for all of them."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.suite.healthy import is_healthy
from tests.deploy.spread import Spread, done, spread
from tests.services.directory.organisation import shop_body

pytestmark = pytest.mark.timeout(180)

STARTED = ("directory", "member", "trade")
CATCH_UP_S = 20.0
PASSWORD = "long enough for anyone"
CARD = "8800000123"
ONE_TIME = re.compile(r"signs in once with (\S+)")


@dataclass
class Chain:
    """A chain as its head office and a till see it: through the public port and nothing else."""

    outside: httpx.AsyncClient
    office: dict[str, str]
    till: dict[str, str]
    shop_id: str

    async def ask(self, method: str, path: str, who: dict[str, str], body: Any = None) -> Any:
        """One request, answered with a yes."""
        return must(await self.outside.request(method, path, headers=who, json=body))


@pytest_asyncio.fixture(scope="module")
async def place() -> AsyncIterator[Spread]:
    async with spread(*STARTED) as started:
        yield started


@pytest_asyncio.fixture(scope="module")
async def outside(place: Spread) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.port}", timeout=30) as client:
        yield client


def must(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def bearer(outside: httpx.AsyncClient, grant: dict[str, str]) -> dict[str, str]:
    token = must(await outside.post("/directory/v1/tokens", json=grant))["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def opened(place: Spread, outside: httpx.AsyncClient) -> Chain:
    """A brand is founded by the command, its head office signs in and opens a shop with a till."""
    said = await done(place.processes, "brand", ["brand", "four-seasons", "四季生鲜"], place.environment)
    found = ONE_TIME.search(said)
    assert found, said
    who = {"brand": "four-seasons", "staff": "head-office"}
    change = {**who, "password": found[1], "new_password": PASSWORD}
    must(await outside.post("/directory/v1/passwords:change", json=change))
    office = await bearer(outside, {"grant": "password", **who, "password": PASSWORD})
    chain = Chain(outside, office, {}, "")
    chain.shop_id = (await chain.ask("PUT", "/directory/v1/shops/HZ001", office, shop_body()))["shop_id"]
    till = await chain.ask("PUT", f"/directory/v1/shops/{chain.shop_id}/tills/T1", office)
    own = await chain.ask("POST", f"/directory/v1/tills/{till['till_id']}/credentials", office)
    grant = {"grant": "device", "credential_id": own["credential_id"], "secret": own["secret"]}
    chain.till = await bearer(outside, grant)
    return chain


async def test_a_ticket_posted_through_nginx_becomes_points_read_through_nginx(
    place: Spread, outside: httpx.AsyncClient
) -> None:
    chain = await opened(place, outside)
    member_id = (await chain.ask("POST", "/member/v1/members", chain.till, {"card": CARD}))["member_id"]
    milk = {"sku": "milk", "quantity_milli": 1000, "gross_fen": 20_000, "amount_fen": 20_000}
    ticket = {
        "business_on": "2026-11-22", "number": "1", "sold_at": "2026-11-22T10:05:00+08:00", "kind": "sale",
        "member": {"kind": "card", "value": CARD}, "lines": [milk], "total_fen": 20_000,
        "tenders": [{"kind": "cash", "amount_fen": 20_000}],
    }  # fmt: skip
    first = await chain.ask("POST", "/trade/v1/tickets", chain.till, ticket)
    again = await chain.ask("POST", "/trade/v1/tickets", chain.till, ticket)
    assert first["ticket_id"] == again["ticket_id"]
    async with asyncio.timeout(CATCH_UP_S):
        while (points := await chain.ask("GET", f"/member/v1/members/{member_id}/points", chain.office))["points"] == 0:
            await asyncio.sleep(0.05)
    assert (points["points"], points["growth"]) == (200, 200)


async def test_each_service_answers_behind_its_own_path_with_its_documents(outside: httpx.AsyncClient) -> None:
    for name in STARTED:
        document = must(await outside.get(f"/{name}/openapi.json"))
        assert all(path.startswith(f"/{name}/") for path in document["paths"]), name
        page = await outside.get(f"/{name}/docs")
        script = re.search(r'src="(/assets/[^"]+)"', page.text)
        assert script, page.text
        assert (await outside.get(script[1])).status_code == 200


async def test_what_no_service_answers_is_a_problem_document_and_metrics_are_not_public(
    outside: httpx.AsyncClient,
) -> None:
    for path in ("/", "/metrics", "/ready", "/trades/v1/tickets"):
        answer = await outside.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        assert answer.headers["content-type"] == "application/problem+json"


async def test_every_process_tells_its_health_without_curl(place: Spread) -> None:
    assert is_healthy(f"http://127.0.0.1:{place.port}/health")
    assert not is_healthy(f"http://127.0.0.1:{place.port}/nothing")
    for port in place.metrics_ports.values():
        assert await asyncio.to_thread(is_healthy, f"http://127.0.0.1:{port}/metrics")


async def test_for_a_service_that_is_away_nginx_says_when_to_come_again(outside: httpx.AsyncClient) -> None:
    answer = await outside.get("/referral/v1/rewards")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "away", "2")
