"""A brand with a corp in the emulator: what people do there, and what community makes of it."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from services.community.callback.jobs import take_looks
from services.community.live_code.jobs import keep_live_codes
from shared.context import Context
from shared.events.community import MembershipJoined
from shared.jobs import run_now
from tests.services.outside import KEY, SECRET, TOKEN, person
from tests.services.tickets import shop_saved
from tests.world import Chain

SETTLE_LIMIT_S = 20.0

_IN_GROUPS = """
select chat_id, lookup from community.membership join community.wecom_group using (group_id)
 where membership.brand_id = $1 and left_at is null
"""
_UNDONE = """
select (select count(*) from community.look where brand_id = $1 and due_at < now() + interval '1 minute')
     + (select count(*) from community.live_code where brand_id = $1 and due_at is not null and tries < 3)
"""


@dataclass
class Corp:
    """A corp, the brand that it is of, and one shop for which `li` stands."""

    chain: Chain
    http: httpx.AsyncClient
    shop_id: UUID

    @property
    def corp_id(self) -> str:
        return f"ww{self.chain.brand_id.hex}"

    @property
    def callback_path(self) -> str:
        return f"/community/v1/wecom/callbacks/{self.chain.brand_id}"

    @property
    def context(self) -> Context:
        return self.chain.world.suite.running["community"].context

    def lookup(self, number: int) -> UUID:
        return self.context.secrets.lookup(self.chain.brand_id, "external_userid", f"wm{number}")

    async def control(self, method: str, path: str, **body: object) -> Any:
        sent = body if method in ("POST", "PUT") else None
        response = await self.http.request(method, f"/emulator{path}", json=sent)
        assert response.status_code == 200, response.text
        return response.json()

    async def corp(self, method: str, path: str, **body: object) -> Any:
        return await self.control(method, f"/corps/{self.corp_id}{path}", **body)

    async def found(self, **settings: object) -> None:
        """Enter the corp on both sides, `li` of the shop, and the callback's address."""
        most = settings.get("most_members_count", 500)
        await self.control("PUT", f"/corps/{self.corp_id}", secret=SECRET, most_members=most)
        assert (await self.save(**settings)).status_code == 200
        await self.corp("PUT", "/callback", url=f"http://siyu{self.callback_path}", token=TOKEN, encoding_aes_key=KEY)
        await self.hire("li", self.shop_id)

    async def save(self, **settings: object) -> httpx.Response:
        body = {"corp_id": self.corp_id, "secret": SECRET, "callback_token": TOKEN, "encoding_aes_key": KEY}
        more = {"sweep_s": 86_400} | settings
        return await self.chain.head_office().put("/community/v1/wecom", json={**body, **more})

    async def hire(self, userid: str, shop_id: UUID | None) -> None:
        await self.corp("PUT", f"/staff/{userid}", name="导购")
        if shop_id is not None:
            await self.map_staff(userid, shop_id)

    async def map_staff(self, userid: str, shop_id: UUID) -> None:
        path = f"/community/v1/wecom/staff/{userid}"
        answer = await self.chain.head_office().put(path, json={"shop_id": str(shop_id)})
        assert answer.status_code == 200, answer.text

    async def open_group(self, owner: str = "li") -> str:
        return str((await self.corp("POST", "/groups", owner=owner, name="四季"))["chat_id"])

    async def invite(self, chat_id: str, number: int) -> None:
        await self.corp("POST", f"/groups/{chat_id}/invite", inviter="li", person=person(number))

    async def quit(self, chat_id: str, number: int) -> None:
        await self.corp("POST", f"/groups/{chat_id}/quit", external_userid=f"wm{number}")

    async def scan(self, qr_code: str, number: int) -> Any:
        return await self.corp("POST", "/scan", qr_code=qr_code, person=person(number))

    async def befriend(self, userid: str, number: int) -> None:
        await self.corp("POST", "/contacts", userid=userid, person=person(number))

    async def put_code(self, name: str = "till", **wanted: object) -> httpx.Response:
        body = {"kind": "shop", "shop_id": str(self.shop_id), "channel": "till", **wanted}
        return await self.chain.head_office().put(f"/community/v1/live-codes/{name}", json=body)

    async def read_code(self, name: str = "till") -> dict[str, Any]:
        answer = await self.chain.head_office().get(f"/community/v1/live-codes/{name}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sync(self) -> None:
        assert (await self.chain.head_office().post("/community/v1/wecom:sync")).status_code == 200

    async def settled(self) -> None:
        """Wait until every callback was delivered, looked into and heard by everyone."""
        await self.control("POST", "/flush")
        async with asyncio.timeout(SETTLE_LIMIT_S):
            while (await self.chain.world.rows(_UNDONE, self.chain.brand_id))[0][0]:
                await run_now(self.context, take_looks)
                await run_now(self.context, keep_live_codes)
                await asyncio.sleep(0.01)
        await self.chain.world.settled()

    async def truth(self) -> dict[str, set[UUID]]:
        """Who is in which group, as the emulator has it."""
        groups = (await self.control("GET", "/state"))["corps"][self.corp_id]["groups"]
        lookup, brand_id = self.context.secrets.lookup, self.chain.brand_id
        return {
            chat_id: {lookup(brand_id, "external_userid", name) for name in group["members"]}
            for chat_id, group in groups.items()
            if group["members"]
        }

    async def stored(self) -> dict[str, set[UUID]]:
        """Who is in which group, as community has it."""
        found: dict[str, set[UUID]] = {}
        for row in await self.chain.world.rows(_IN_GROUPS, self.chain.brand_id):
            found.setdefault(row["chat_id"], set()).add(row["lookup"])
        return found

    async def joined(self) -> list[MembershipJoined]:
        return await self.chain.world.said(MembershipJoined, self.chain.brand_id)

    async def firsts(self) -> Counter[UUID]:
        """How often each person's first join was said."""
        return Counter(fact.person_id for fact in await self.joined() if fact.is_first)

    async def person(self, number: int) -> UUID:
        """Who somebody is, as member says."""
        entry = {"identities": [{"kind": "external_userid", "value": f"wm{number}"}]}
        answer = await self.chain.service("community").post("/member/v1/identities:resolve", json={"people": [entry]})
        return UUID(answer.json()["people"][0]["person_id"])


async def opened(chain: Chain, http: httpx.AsyncClient, **settings: object) -> Corp:
    """A corp of this chain, at work."""
    shop = shop_saved(chain)
    await chain.world.say(shop)
    await chain.world.settled()
    corp = Corp(chain, http, shop.shop_id)
    await corp.found(**settings)
    return corp
