"""Keeping live codes in WeCom as they are wanted: the row first, then the call.

Where the process dies between WeCom's answer and ours, a second code is made with the same `state`: nothing is lost by
it, for joins are counted by `state`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.community import peers
from services.community.corp.flows import WeCom, wecom_of
from services.community.corp.rules import NoCorp
from services.community.live_code import queries
from services.community.live_code.rules import MOST_STAFF, Chat, Kind, LeadsTo, chats_for
from services.community.look.rules import wait_ms
from shared.context import Context
from shared.db import Row

_SCENE_QR_CODE = 2
_ONE, _SEVERAL = 1, 2  # types of a contact way


async def keep_up(context: Context, most: int) -> int:
    """Look after codes that want it; answers how many."""
    async with context.database.reading() as tx:  # a claim is one statement
        claimed = await queries.claim(tx, most)
    signed_in: dict[UUID, WeCom] = {}
    for code in claimed:
        try:
            brand_id = code["brand_id"]
            if brand_id not in signed_in:
                signed_in[brand_id] = await wecom_of(context, brand_id)
            made = await _make(context, signed_in[brand_id], code)
        except (*peers.WAITED_FOR, NoCorp):
            made = False
        if not made:
            async with context.database.transaction() as tx:
                await queries.put_off(tx, code, wait_ms(code["tries"]))
    return len(claimed)


async def _make(context: Context, wecom: WeCom, code: Row) -> bool:
    match LeadsTo(code["leads_to"]):
        case LeadsTo.GROUP:
            return await _make_join_way(context, wecom, code)
        case LeadsTo.STAFF:
            return await _make_contact_way(context, wecom, code)


async def _make_join_way(context: Context, wecom: WeCom, code: Row) -> bool:
    """Have the code lead into the shop's groups; false while it has none."""
    config_id = code["config_id"]
    way: Mapping[str, Any] = await _join_way(wecom, config_id) if config_id else {}
    present = [str(chat_id) for chat_id in way.get("chat_id_list", ())]
    async with context.database.reading() as tx:
        chats = [Chat(*row) for row in await queries.chats(tx, code["brand_id"], code["shop_id"])]
        known = await queries.known_chats(tx, code["brand_id"], present)
    wanted = chats_for(chats, present, known)
    if not wanted:
        return False
    settings = {
        "scene": _SCENE_QR_CODE,
        "auto_create_room": 1,
        "room_base_name": way.get("room_base_name", ""),
        "room_base_id": way.get("room_base_id", 1),
        "chat_id_list": wanted,
        "state": code["state"],
    }
    if not config_id:
        config_id = str((await wecom.post("externalcontact/groupchat/add_join_way", settings))["config_id"])
        way = await _join_way(wecom, config_id)
    elif wanted != present:
        await wecom.post("externalcontact/groupchat/update_join_way", {"config_id": config_id, **settings})
    async with context.database.transaction() as tx:
        await queries.made(tx, code, config_id, str(way["qr_code"]), wanted)
    return True


async def _join_way(wecom: WeCom, config_id: str) -> Mapping[str, Any]:
    answer = await wecom.post("externalcontact/groupchat/get_join_way", {"config_id": config_id})
    way: Mapping[str, Any] = answer["join_way"]
    return way


async def _make_contact_way(context: Context, wecom: WeCom, code: Row) -> bool:
    """Have the code lead to the guide, or to all who stand for the shop; false while nobody does."""
    async with context.database.reading() as tx:
        userids = await queries.userids(tx, code["brand_id"], code["shop_id"], code["guide_id"], MOST_STAFF)
    if not userids:
        return False
    config_id, qr_code = code["config_id"], code["qr_code"]
    if not config_id:
        is_own = code["kind"] == Kind.GUIDE and len(userids) == 1
        settings = {"type": _ONE if is_own else _SEVERAL, "scene": _SCENE_QR_CODE, "state": code["state"]}
        answer = await wecom.post("externalcontact/add_contact_way", {**settings, "user": userids})
        config_id, qr_code = str(answer["config_id"]), str(answer["qr_code"])
    elif userids != code["targets"]:
        await wecom.post("externalcontact/update_contact_way", {"config_id": config_id, "user": userids})
    async with context.database.transaction() as tx:
        await queries.made(tx, code, config_id, qr_code, userids)
    return True
