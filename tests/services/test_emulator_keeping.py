"""The world outside outlives the process that stands for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import httpx

from deploy.emulator.app import create_emulator
from deploy.emulator.keeping import Keeper
from deploy.emulator.world import World
from shared.clock import system_now
from shared.wecom.changes import ContactChangeType
from tests.services.community.wecom import opened
from tests.services.outside import (
    APP_SECRET,
    APPID,
    CALLBACK_URL,
    CONTACT_WAY,
    CORP,
    KEY,
    MORNING,
    ONE_BY_ONE,
    SECRET,
    TOKEN,
    Community,
    Machine,
    Outside,
    person,
)
from tests.world import Chain
from tests.world import World as Suite


@asynccontextmanager
async def started(file: Path) -> AsyncIterator[Outside]:
    """An emulator that keeps its world in a file, with an access token of the corp that its first start founded."""
    community = Community()
    world = World(clock=lambda: MORNING, machine_clock=system_now)
    keeper = Keeper(world, file)
    keeper.load()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=community)) as out:
        app = create_emulator(world, out, ONE_BY_ONE, keeper)
        within = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://emulator")
        async with app.router.lifespan_context(app), within as http:
            outside = Outside(http, community, Machine())
            if not world.corps:
                await outside.control("PUT", f"/corps/{CORP}", secret=SECRET, most_members=3)
            outside.token = (await outside.wecom("gettoken", corpid=CORP, corpsecret=SECRET))["access_token"]
            yield outside


async def furnished(outside: Outside) -> tuple[str, str, str]:
    """A full group with its live code and a code to staff; two people came by the one, one by the other."""
    await outside.corp("PUT", "/callback", url=CALLBACK_URL, token=TOKEN, encoding_aes_key=KEY)
    await outside.corp("PUT", "/staff/li", name="李导购")
    await outside.control("PUT", f"/programs/{APPID}", secret=APP_SECRET)
    await outside.control("PUT", "/weather", repeated_bp=10_000)
    chat_id = await outside.open_group()
    join_way = await outside.join_way(chat_id)
    contact_way = (await outside.wecom("externalcontact/add_contact_way", CONTACT_WAY))["config_id"]
    for number in (1, 2):
        await outside.scan(join_way, number)
    await outside.scan(contact_way, 1)
    return chat_id, join_way, contact_way


async def truth(outside: Outside) -> object:
    return (await outside.control("GET", "/state"))["corps"]


async def test_after_another_start_everybody_is_where_she_was(tmp_path: Path) -> None:
    async with started(tmp_path / "outside.json") as outside:
        chat_id, join_way, contact_way = await furnished(outside)
        before, detail = await truth(outside), await outside.detail(chat_id)
    async with started(tmp_path / "outside.json") as outside:
        assert await truth(outside) == before
        assert await outside.detail(chat_id) == detail
        assert (await outside.group_chat("get_join_way", config_id=join_way))["join_way"]["chat_id_list"] == [chat_id]
        known = await outside.scan(contact_way, 1)
        assert (known["userid"], known["is_new"]) == ("li", False)


async def test_after_another_start_it_goes_on_as_if_there_had_been_none(tmp_path: Path) -> None:
    async with started(tmp_path / "outside.json") as outside:
        chat_id, join_way, contact_way = await furnished(outside)
        version = (await outside.detail(chat_id))["member_version"]
        phone = {"appid": APPID, "person": person(1)}
        first_code = (await outside.control("POST", "/js_codes", **phone))["js_code"]
    async with started(tmp_path / "outside.json") as outside:
        await outside.quit(chat_id, 1)
        await outside.flush()
        assert [change.last_version for change in outside.community.chats] == [version] * 2  # the weather is kept too
        assert (await outside.scan(join_way, 3))["chat_id"] == chat_id
        assert (await outside.scan(join_way, 4))["chat_id"] not in (chat_id, None)
        again = (await outside.wecom("externalcontact/add_contact_way", CONTACT_WAY))["config_id"]
        assert again not in (join_way, contact_way)
        assert (await outside.control("POST", "/js_codes", **phone))["js_code"] != first_code
        await outside.corp("POST", "/contacts/part", userid="li", external_userid="wm1", how="by_person")
        await outside.corp("POST", "/contacts", userid="li", person=person(1))
        await outside.flush()
        told = [change for change in outside.community.contacts if change.change_type is ContactChangeType.ADDED]
        assert {change.welcome_code for change in told} == {None}, "they have chatted before"


def test_what_the_world_is_kept_in_is_for_its_owner_alone(tmp_path: Path) -> None:
    asyncio.run(_begun_and_ended(tmp_path / "outside.json"))
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("outside.json", 0o600)]


async def _begun_and_ended(file: Path) -> None:
    async with started(file):
        pass


@asynccontextmanager
async def beside(world: Suite, file: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An emulator beside the suite, its world kept in a file: community's calls reach it, its callbacks the gateway."""
    emulated = World(clock=world.clock)
    keeper = Keeper(emulated, file)
    keeper.load()
    peers = world.suite.running["community"].context.peers
    inwards = httpx.ASGITransport(app=world.suite.gateway, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=inwards, base_url="http://siyu") as out:
        app = create_emulator(emulated, out, ONE_BY_ONE, keeper)
        within = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://wecom")
        async with app.router.lifespan_context(app), within as client:
            with patch.dict(peers._clients, {world.suite.host.settings.wecom_url: client}):
                yield client


async def test_community_finds_after_another_start_what_it_knew_and_hears_of_the_next_scan(
    chain: Chain, tmp_path: Path
) -> None:
    async with beside(chain.world, tmp_path / "outside.json") as first:
        corp = await opened(chain, first)
        await corp.open_group()
        await corp.settled()
        await corp.put_code()
        await corp.settled()
        qr_code = (await corp.read_code())["qr_code"]
        await corp.scan(qr_code, 1)
        await corp.settled()
        before, joined = await corp.stored(), await corp.joined()
        assert len(joined) == 1
    async with beside(chain.world, tmp_path / "outside.json") as second:
        corp = replace(corp, http=second)
        await corp.sync()
        await corp.settled()
        assert await corp.stored() == before == await corp.truth()
        assert await corp.joined() == joined
        await corp.scan(qr_code, 2)
        await corp.settled()
        assert len(await corp.joined()) == 2
        assert await corp.stored() == await corp.truth()
