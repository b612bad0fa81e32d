"""The emulator under test: a corp with one staff member in it, and a listener that remembers what it is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deploy.emulator.app import create_emulator
from deploy.emulator.outbox import Sending
from deploy.emulator.world import World
from shared.clock import system_now
from shared.wecom.callbacks import Callbacks
from shared.wecom.changes import Change, ChatChange, ContactChange

CORP, SECRET = "ww_demo", "corp secret"
APPID, APP_SECRET = "wx_demo", "app secret"
TOKEN, KEY = "token", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CALLBACK_URL = "http://community/callback"
CALM: Mapping[str, int] = MappingProxyType({})
MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
JOIN_WAY = {"scene": 2, "state": "S00001", "room_base_name": "四季"}
CONTACT_WAY = {"type": 1, "scene": 2, "state": "S00001", "user": ["li"]}
# One at a time and held until flushed: what arrives comes in the succession of its sending.
ONE_BY_ONE = Sending(at_once=1, timeout_s=1.0, retry_after_s=0.0, held_at_most_s=3600.0)


class Community:
    """Serves the callbacks as the product would, and remembers them; `refusals` are answered first."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.digests: list[bytes] = []
        self.refusals: list[int] = []
        self.heard = asyncio.Event()
        self.tries = 0
        self.is_deaf = False
        self.is_another = False
        self._callbacks = Callbacks(TOKEN, KEY, CORP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "GET":
            echo = self._callbacks.verify_url(request.query_params, system_now())
            return Response(b"another" if self.is_another else echo)
        self.tries += 1
        if self.is_deaf:
            await asyncio.Event().wait()
        if self.refusals:
            return Response(status_code=self.refusals.pop(0))
        callback = self._callbacks.open(request.query_params, await request.body(), system_now())
        self.changes.append(callback.change)
        self.digests.append(callback.digest)
        self.heard.set()
        return Response()

    @property
    def chats(self) -> list[ChatChange]:
        return [change for change in self.changes if isinstance(change, ChatChange)]

    @property
    def contacts(self) -> list[ContactChange]:
        return [change for change in self.changes if isinstance(change, ContactChange)]


@dataclass
class Machine:
    """A clock that a test moves."""

    at: datetime = field(default_factory=system_now)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Outside:
    """The emulator with one corp, one staff member and one mini-program in it."""

    http: httpx.AsyncClient
    community: Community
    machine: Machine
    token: str = ""

    async def control(self, method: str, path: str, **body: object) -> Any:
        response = await self.http.request(method, f"/emulator{path}", json=body if method in ("POST", "PUT") else None)
        assert response.status_code == 200, response.text
        return response.json()

    async def corp(self, method: str, path: str, **body: object) -> Any:
        return await self.control(method, f"/corps/{CORP}{path}", **body)

    async def wecom(self, path: str, body: object = None, **query: str) -> Any:
        url, query = f"/cgi-bin/{path}", {"access_token": self.token, **query}
        method = "GET" if body is None else "POST"
        response = await self.http.request(method, url, params=query, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def group_chat(self, path: str, **body: object) -> Any:
        return await self.wecom(f"externalcontact/groupchat/{path}", body)

    async def open_group(self, name: str = "四季") -> str:
        chat_id: str = (await self.corp("POST", "/groups", owner="li", name=name))["chat_id"]
        return chat_id

    async def join_way(self, *chat_ids: str, **more: object) -> str:
        way = {**JOIN_WAY, "chat_id_list": chat_ids, **more}
        config_id: str = (await self.group_chat("add_join_way", **way))["config_id"]
        return config_id

    async def scan(self, qr_code: str, number: int) -> Any:
        return await self.corp("POST", "/scan", qr_code=qr_code, person=person(number))

    async def quit(self, chat_id: str, number: int, how: str = "left") -> None:
        await self.corp("POST", f"/groups/{chat_id}/quit", external_userid=f"wm{number}", how=how)

    async def detail(self, chat_id: str) -> Any:
        return (await self.group_chat("get", chat_id=chat_id))["group_chat"]

    async def flush(self) -> Any:
        return await self.control("POST", "/flush")


def person(number: int) -> Mapping[str, object]:
    return {"unionid": f"u{number}", "openid": f"o{number}", "external_userid": f"wm{number}", "name": f"顾客{number}"}


@asynccontextmanager
async def living(
    *, seed: str = "1", sending: Sending = ONE_BY_ONE, weather: Mapping[str, int] = CALM
) -> AsyncIterator[Outside]:
    community, machine = Community(), Machine()
    world = World(seed, clock=lambda: MORNING, machine_clock=machine)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=community)) as out:
        app = create_emulator(world, out, sending)
        within = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://emulator")
        async with app.router.lifespan_context(app), within as http:
            outside = Outside(http, community, machine)
            await outside.control("PUT", f"/corps/{CORP}", secret=SECRET, most_members=3)
            await outside.corp("PUT", "/callback", url=CALLBACK_URL, token=TOKEN, encoding_aes_key=KEY)
            await outside.corp("PUT", "/staff/li", name="李导购")
            await outside.control("PUT", f"/programs/{APPID}", secret=APP_SECRET)
            await outside.control("PUT", "/weather", **weather)
            outside.token = (await outside.wecom("gettoken", corpid=CORP, corpsecret=SECRET))["access_token"]
            yield outside
