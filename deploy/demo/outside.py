"""The demo's world outside: shops' guides and groups at the emulated WeCom, and people who scan."""

from typing import Any

from deploy.demo.chain import Chain, Member
from deploy.demo.client import Client
from deploy.demo.opening import Opened

CORP = "ww-siyu-demo"
CORP_SECRET = "demo-corp-secret"  # noqa: S105 - of an emulated corp
CALLBACK_TOKEN = "demoCallbackToken"  # noqa: S105 - of an emulated corp
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"  # the key of WeCom's own published example
APP_ID = "wx-siyu-demo"
APP_SECRET = "demo-app-secret"  # noqa: S105 - of an emulated mini-program
WEATHER = {"lost_bp": 200, "repeated_bp": 1_000, "disordered_bp": 1_000, "window": 8, "lagging_bp": 500}


class Outside:
    """The emulator, as people and the weather act on it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open_corp(self, chain: Chain, callback_url: str) -> None:
        """A corp with a guide and a group for every shop, its callbacks sent to us, in changeable weather."""
        corp = f"/emulator/corps/{CORP}"
        await self._client.must("PUT", corp, {"secret": CORP_SECRET})
        for shop in chain.shops:
            userid = userid_of(shop.code)
            await self._client.must("PUT", f"{corp}/staff/{userid}", {"name": shop.name})
            await self._client.must("POST", f"{corp}/groups", {"owner": userid, "name": f"{shop.name}福利群"})
        told = {"url": callback_url, "token": CALLBACK_TOKEN, "encoding_aes_key": AES_KEY}
        await self._client.must("PUT", f"{corp}/callback", told)
        await self._client.must("PUT", "/emulator/weather", WEATHER)

    async def scan(self, qr_code: str, member: Member) -> Any:
        """A shopper scans what the cashier handed over: WeCom decides which group she lands in."""
        body = {"qr_code": qr_code, "person": _person(member)}
        answer = await self._client.ask("POST", f"/emulator/corps/{CORP}/scan", body)
        return answer.body

    async def open_program(self) -> None:
        """The brand's mini-program, at WeChat."""
        await self._client.must("PUT", f"/emulator/programs/{APP_ID}", {"secret": APP_SECRET})

    async def js_code(self, member: Member) -> str:
        """She opens the mini-program: what `wx.login` gives her."""
        answer = await self._client.must("POST", "/emulator/js_codes", {"appid": APP_ID, "person": _person(member)})
        return str(answer["js_code"])

    async def settle(self) -> Any:
        """Have every callback that still waits delivered."""
        return await self._client.must("POST", "/emulator/flush")


def _person(member: Member) -> dict[str, str]:
    return {"unionid": member.unionid, "openid": member.openid, "external_userid": member.external_userid}


def userid_of(shop_code: str) -> str:
    """The guide of a shop, at WeCom."""
    return f"guide-{shop_code}"


async def tell_community(client: Client, opened: Opened, chain: Chain) -> None:
    """Head office types in the mini-program and the corp, and who there serves which shop."""
    token = await opened.office.token()
    corp = {
        "corp_id": CORP,
        "secret": CORP_SECRET,
        "callback_token": CALLBACK_TOKEN,
        "encoding_aes_key": AES_KEY,
    }
    await client.must("PUT", "/community/v1/wecom", corp, token=token)
    program = {"app_id": APP_ID, "app_secret": APP_SECRET}
    await client.must("PUT", "/directory/v1/mini-program", program, token=token)
    for shop in chain.shops:
        body = {"shop_id": opened.shop_ids[shop.code]}
        await client.must("PUT", f"/community/v1/wecom/staff/{userid_of(shop.code)}", body, token=token)


async def sync_groups(client: Client, opened: Opened, chain: Chain) -> None:
    """Community reads the groups that there are, and every shop gets its live code."""
    token = await opened.office.token()
    await client.must("POST", "/community/v1/wecom:sync", token=token)
    for shop in chain.shops:
        live_code = {"kind": "shop", "shop_id": opened.shop_ids[shop.code], "channel": "till"}
        await client.must("PUT", f"/community/v1/live-codes/{shop.code}", live_code, token=token)
