"""A founded brand of a test's own, and those who sign in to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from deploy.suite.serve import Suite
from deploy.suite.services import all_services
from services.directory.brand.actions import create_brand
from services.directory.staff.flows import Founded, Founding, found_brand
from shared.auth.caller import Caller
from shared.ids import new_id
from shared.runtime import Role
from tests.world import Chain, World

PASSWORD = "long enough for anyone"


@dataclass
class Organisation:
    """A brand that directory knows, and its head office."""

    world: World
    chain: Chain
    brand_code: str
    head_office: httpx.AsyncClient

    async def put(self, path: str, **body: Any) -> Any:
        answer = await self.head_office.put(f"/directory/v1{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def shop(self, code: str = "HZ001", **more: Any) -> Any:
        return await self.put(f"/shops/{code}", **(shop_body() | more))

    async def till(self, shop_id: str, code: str = "T1") -> Any:
        return await self.put(f"/shops/{shop_id}/tills/{code}")

    async def till_credential(self, till_id: str) -> Any:
        answer = await self.head_office.post(f"/directory/v1/tills/{till_id}/credentials")
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def sign_in(self, staff: str, password: str) -> httpx.Response:
        body = {"grant": "password", "brand": self.brand_code, "staff": staff, "password": password}
        return await self.world.client().post("/directory/v1/tokens", json=body)

    async def change(self, staff: str, password: str, new_password: str) -> httpx.Response:
        body = {"brand": self.brand_code, "staff": staff, "password": password, "new_password": new_password}
        return await self.world.client().post("/directory/v1/passwords:change", json=body)

    async def of_shop(self, code: str) -> UUID:
        (row,) = await self.world.rows(
            "select shop_id from directory.shop where brand_id = $1 and code = $2", self.chain.brand_id, code
        )
        found: UUID = row["shop_id"]
        return found


def shop_body(**more: Any) -> dict[str, Any]:
    """A shop in Hangzhou."""
    return {"name": "湖滨店", "longitude_e6": 120_150_000, "latitude_e6": 30_250_000} | more


def caller_of(world: World, answer: httpx.Response) -> Caller:
    """Who a token says it is."""
    assert answer.status_code == 200, answer.text
    return world.suite.host.verifier.caller(answer.json()["access_token"])


def bearer(world: World, answer: httpx.Response) -> httpx.AsyncClient:
    """Whoever holds the token."""
    assert answer.status_code == 200, answer.text
    return world.client(Authorization=f"Bearer {answer.json()['access_token']}")


async def opened(world: World) -> Organisation:
    """A brand without staff: head office comes by a token of the test's, and nothing slow is hashed."""
    code = f"brand-{new_id().hex[-12:]}"
    async with world.suite.running["directory"].context.database.transaction() as tx:
        chain = Chain(world, await create_brand(tx, code, "四季生鲜"))
    return Organisation(world, chain, code, chain.head_office())


async def found(organisation: Organisation) -> Founded:
    """Found the brand as the command does it: with its first member of head office."""
    database = organisation.world.suite.running["directory"].context.database
    return await found_brand(database, Founding(organisation.brand_code, "四季生鲜"))


@asynccontextmanager
async def another_process(world: World, *names: str, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
    """A way into services that share nothing with the world's but the database, as a second process would."""
    services = {name: all_services()[name] for name in names}
    told = world.scratch.settings.model_copy(update=settings)
    suite = Suite(services, told, world.scratch.secrets, every=list(all_services()))
    await suite.start(frozenset({Role.API}))
    transport = httpx.ASGITransport(app=suite.gateway, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://siyu", timeout=60) as client:
            yield client
    finally:
        await suite.stop()
