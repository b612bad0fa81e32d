"""A founded brand of a test's own, and those who sign in to it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from services.directory.staff.flows import Founded, Founding, found_brand
from shared.auth.caller import Caller
from shared.ids import new_id
from tests.world import Chain, World

PASSWORD = "long enough for anyone"


@dataclass
class Organisation:
    """A brand that directory knows, and its head office."""

    world: World
    chain: Chain
    brand_code: str
    founded: Founded
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


async def founded(world: World) -> Organisation:
    """A brand, founded as the command does it."""
    code = f"brand-{new_id().hex[-12:]}"
    found = await found_brand(world.suite.running["directory"].context.database, Founding(code, "四季生鲜"))
    chain = Chain(world, found.brand_id)
    return Organisation(world, chain, code, found, chain.head_office())
