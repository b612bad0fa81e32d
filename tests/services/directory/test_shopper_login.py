"""A shopper logs in by mini-program: WeChat is emulated, everything on our side of it is real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn

from deploy.emulator.app import create_emulator
from deploy.emulator.world import World as Emulated
from services.directory.token.rules import login_refused
from shared.auth.caller import Kind
from tests.services.directory.organisation import Organisation, another_process, caller_of, opened
from tests.services.outside import ONE_BY_ONE, person
from tests.world import World

APP_ID, APP_SECRET = "wx_siyu", "secret of the mini-program"


@dataclass
class Phone:
    """A mini-program of a brand, and the phones it runs on."""

    organisation: Organisation
    shopper: httpx.AsyncClient
    weixin: httpx.AsyncClient

    async def set_program(self, app_id: str = APP_ID, app_secret: str = APP_SECRET) -> httpx.Response:
        body = {"app_id": app_id, "app_secret": app_secret}
        return await self.organisation.head_office.put("/directory/v1/mini-program", json=body)

    async def js_code(self, number: int = 1, **other: object) -> str:
        body = {"appid": APP_ID, "person": {**person(number), **other}}
        answer = await self.weixin.post("/emulator/js_codes", json=body)
        return str(answer.json()["js_code"])

    async def log_in(self, js_code: str) -> httpx.Response:
        body = {"grant": "mini_program", "brand": self.organisation.brand_code, "js_code": js_code}
        return await self.shopper.post("/directory/v1/tokens", json=body, headers={"Accept-Language": "en"})


@asynccontextmanager
async def serving(application: Callable[..., Any]) -> AsyncIterator[str]:
    """An application on a free port of this machine."""
    config = uvicorn.Config(application, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving_it = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(5):
            while not server.started:
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving_it


@asynccontextmanager
async def wechat() -> AsyncIterator[str]:
    """WeChat, emulated, with one mini-program; where it answers."""
    async with httpx.AsyncClient() as out:
        emulator = create_emulator(Emulated("1"), out, ONE_BY_ONE)
        async with emulator.router.lifespan_context(emulator), serving(emulator) as url:
            await out.put(f"{url}/emulator/programs/{APP_ID}", json={"secret": APP_SECRET})
            yield url


@pytest_asyncio.fixture
async def phone(world: World) -> AsyncIterator[Phone]:
    """A phone with the mini-program of a brand of its own."""
    async with (
        wechat() as url,
        httpx.AsyncClient(base_url=url) as weixin,
        another_process(world, "directory", "member", weixin_url=url) as shopper,
    ):
        yield Phone(await opened(world), shopper, weixin)
    await world.rows("delete from directory.mini_program")


async def test_a_shopper_is_the_same_person_each_time_she_logs_in(phone: Phone, world: World) -> None:
    assert (await phone.set_program()).json() == {"app_id": APP_ID}
    first, again, another = [await phone.log_in(await phone.js_code(number)) for number in (1, 1, 2)]
    callers = [caller_of(world, answer) for answer in (first, again, another)]
    assert [caller.kind for caller in callers] == [Kind.SHOPPER] * 3
    assert callers[0].id == callers[1].id != callers[2].id
    assert callers[0].brand_id == phone.organisation.chain.brand_id
    assert callers[0].shop_ids == frozenset()
    for trace_of_her in ("session", "openid", "unionid", "u1", "o1"):
        assert trace_of_her not in first.text.lower().replace(first.json()["access_token"].lower(), "")


async def test_a_code_is_good_once(phone: Phone) -> None:
    await phone.set_program()
    js_code = await phone.js_code()
    assert (await phone.log_in(js_code)).status_code == 200
    answer = await phone.log_in(js_code)
    assert (answer.status_code, answer.json()["code"]) == (401, "directory.login_code_refused")
    assert answer.json()["detail"] == "The login code is used or too old: open the mini-program again."


async def test_a_person_at_risk_and_a_wrong_secret_are_told_apart(phone: Phone) -> None:
    await phone.set_program()
    answer = await phone.log_in(await phone.js_code(is_high_risk=True))
    assert (answer.status_code, answer.json()["code"]) == (403, "directory.login_blocked")
    await phone.set_program(app_secret="not this one")
    answer = await phone.log_in(await phone.js_code())
    assert (answer.status_code, answer.json()["code"]) == (409, "directory.mini_program_misconfigured")


async def test_without_a_mini_program_or_with_wechat_away_the_shopper_is_told_so(phone: Phone, world: World) -> None:
    assert (await phone.log_in("code")).status_code == 404
    await phone.set_program()
    body = {"grant": "mini_program", "app_id": APP_ID, "js_code": "code"}
    async with another_process(world, "directory", weixin_url="http://127.0.0.1:9") as shopper:
        answer = await shopper.post("/directory/v1/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "away")


async def test_the_secret_lies_sealed_and_the_program_is_one_brands_alone(phone: Phone, world: World) -> None:
    await phone.set_program()
    (row,) = await world.rows("select sealed_secret from directory.mini_program where app_id = $1", APP_ID)
    assert APP_SECRET.encode() not in row["sealed_secret"]
    other = await opened(world)
    answer = await other.head_office.put(
        "/directory/v1/mini-program", json={"app_id": APP_ID, "app_secret": APP_SECRET}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "directory.mini_program_taken")


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40029, "directory.login_code_refused"),
        (40163, "directory.login_code_refused"),
        (45011, "rate_limited"),
        (40226, "directory.login_blocked"),
        (-1, "overloaded"),
        (40013, "directory.mini_program_misconfigured"),
        (40125, "directory.mini_program_misconfigured"),
    ],
)
def test_wechats_numbers_become_words(errcode: int, expected: str) -> None:
    refusal = login_refused(errcode)
    assert refusal is not None
    assert refusal.code == expected
    assert login_refused(0) is None
