"""The world outside keeps to its own rules: each route and its limits."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.wecom.changes import ChatChange, ChatChangeType, ContactChangeType, JoinScene, QuitScene, UpdateDetail
from tests.services.outside import (
    APP_SECRET,
    APPID,
    CONTACT_WAY,
    CORP,
    JOIN_WAY,
    MORNING,
    SECRET,
    Outside,
    living,
    person,
)


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with living() as outside:
        yield outside


# Access tokens


async def test_a_token_stays_the_same_until_it_expires(outside: Outside) -> None:
    again = await outside.wecom("gettoken", corpid=CORP, corpsecret=SECRET)
    assert again == {"errcode": 0, "errmsg": "ok", "access_token": outside.token, "expires_in": 7200}
    outside.machine.at += timedelta(hours=2)
    assert (await outside.group_chat("list", limit=1))["errcode"] == 42001
    fresh = await outside.wecom("gettoken", corpid=CORP, corpsecret=SECRET)
    assert fresh["access_token"] != outside.token
    outside.token = fresh["access_token"]
    assert (await outside.group_chat("list", limit=1))["errcode"] == 0


async def test_a_token_can_be_ended_early(outside: Outside) -> None:
    await outside.control("POST", "/tokens/expire")
    assert (await outside.group_chat("list", limit=1))["errcode"] == 42001


@pytest.mark.parametrize(("token", "errcode"), [("", 41001), ("of nobody", 40014)])
async def test_a_token_that_is_none_is_refused(outside: Outside, token: str, errcode: int) -> None:
    outside.token = token
    assert (await outside.group_chat("list", limit=1))["errcode"] == errcode


@pytest.mark.parametrize(("corp_id", "secret", "errcode"), [("ww_other", SECRET, 40013), (CORP, "guess", 40001)])
async def test_a_wrong_secret_gets_no_token(outside: Outside, corp_id: str, secret: str, errcode: int) -> None:
    answer = await outside.wecom("gettoken", corpid=corp_id, corpsecret=secret)
    assert answer["errcode"] == errcode
    assert "access_token" not in answer


# Live codes


async def test_a_join_way_is_added_read_replaced_and_deleted(outside: Outside) -> None:
    chat_id = await outside.open_group()
    config_id = await outside.join_way(chat_id, remark="门口")
    shown = (await outside.group_chat("get_join_way", config_id=config_id))["join_way"]
    assert shown == {
        "config_id": config_id, "scene": 2, "remark": "门口", "auto_create_room": 1, "room_base_name": "四季",
        "room_base_id": 1, "chat_id_list": [chat_id], "state": "S00001", "mark_source": True,
        "qr_code": f"https://wework.qpic.cn/emulator/{config_id}",
    }  # fmt: skip
    update = {"config_id": config_id, "scene": 2, "state": "S00002", "chat_id_list": [chat_id]}
    assert (await outside.group_chat("update_join_way", **update))["errcode"] == 0
    shown = (await outside.group_chat("get_join_way", config_id=config_id))["join_way"]
    assert (shown["state"], shown["remark"]) == ("S00002", "")
    assert (await outside.group_chat("del_join_way", config_id=config_id))["errcode"] == 0
    for name in ("get_join_way", "del_join_way"):
        assert (await outside.group_chat(name, config_id=config_id))["errcode"] == 40058
    assert (await outside.group_chat("update_join_way", **update))["errcode"] == 40058


@pytest.mark.parametrize(
    "wrong",
    [
        {"chat_id_list": ["wr"] * 6}, {"chat_id_list": []}, {"state": "x" * 31}, {"remark": "x" * 31},
        {"room_base_name": "x" * 41}, {"scene": 3}, {"auto_create_room": 2},
    ],
)  # fmt: skip
async def test_a_join_way_beyond_the_limits_is_refused(outside: Outside, wrong: Mapping[str, object]) -> None:
    way = {**JOIN_WAY, "chat_id_list": [await outside.open_group()]}
    assert (await outside.group_chat("add_join_way", **{**way, **wrong}))["errcode"] == 40058
    assert (await outside.group_chat("add_join_way", **way))["errcode"] == 0


async def test_a_join_way_at_the_limits_is_taken(outside: Outside) -> None:
    chat_ids = [await outside.open_group() for _ in range(5)]
    await outside.join_way(*chat_ids, state="x" * 30, remark="门" * 30, room_base_name="x" * 40)


async def test_a_join_way_into_an_unknown_group_is_refused(outside: Outside) -> None:
    assert (await outside.group_chat("add_join_way", **JOIN_WAY, chat_id_list=["wr_none"]))["errcode"] == 40050


async def test_a_contact_way_is_added_read_changed_and_deleted(outside: Outside) -> None:
    added = await outside.wecom("externalcontact/add_contact_way", CONTACT_WAY)
    ask = {"config_id": added["config_id"]}
    shown = (await outside.wecom("externalcontact/get_contact_way", ask))["contact_way"]
    assert shown["qr_code"] == added["qr_code"]
    assert (shown["state"], shown["user"], shown["skip_verify"]) == ("S00001", ["li"], True)
    changed = {**ask, "remark": "货架", "type": 2}
    assert (await outside.wecom("externalcontact/update_contact_way", changed))["errcode"] == 0
    shown = (await outside.wecom("externalcontact/get_contact_way", ask))["contact_way"]
    assert (shown["remark"], shown["state"], shown["type"]) == ("货架", "S00001", 1)
    too_long = {**ask, "remark": "x" * 31}
    assert (await outside.wecom("externalcontact/update_contact_way", too_long))["errcode"] == 40058
    assert (await outside.wecom("externalcontact/del_contact_way", ask))["errcode"] == 0
    assert (await outside.wecom("externalcontact/get_contact_way", ask))["errcode"] == 40058


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"user": ["nobody"]}, 40003), ({"user": []}, 40058), ({"user": ["li", "li"]}, 40058),
        ({"state": "x" * 31}, 40058), ({"remark": "x" * 31}, 40058), ({"is_temp": True}, 40058),
    ],
)  # fmt: skip
async def test_a_contact_way_beyond_the_limits_is_refused(
    outside: Outside, wrong: Mapping[str, object], errcode: int
) -> None:
    assert (await outside.wecom("externalcontact/add_contact_way", {**CONTACT_WAY, **wrong}))["errcode"] == errcode


async def test_a_body_that_is_no_json_is_a_wrong_parameter(outside: Outside) -> None:
    url = f"/cgi-bin/externalcontact/groupchat/get?access_token={outside.token}"
    assert (await outside.http.post(url, content=b"{")).json()["errcode"] == 40058


# Groups


async def test_who_scans_a_join_way_is_in_the_group_with_its_state(outside: Outside) -> None:
    chat_id = await outside.open_group()
    config_id = await outside.join_way(chat_id)
    scanned = await outside.scan(f"https://wework.qpic.cn/emulator/{config_id}", 1)
    assert scanned == {"chat_id": chat_id, "userid": None, "is_new": True}
    detail = (await outside.group_chat("get", chat_id=chat_id, need_name=1))["group_chat"]
    joined_at = int(MORNING.timestamp())
    assert detail["member_list"] == [
        {"userid": "li", "type": 1, "join_time": joined_at, "join_scene": 1, "group_nickname": "", "name": "李导购"},
        {
            "userid": "wm1", "type": 2, "join_time": joined_at, "join_scene": 3, "unionid": "u1",
            "group_nickname": "", "state": "S00001", "name": "顾客1",
        },
    ]  # fmt: skip
    assert "name" not in (await outside.detail(chat_id))["member_list"][0]
    await outside.flush()
    created, joined = outside.community.chats
    assert created.change_type is ChatChangeType.CREATED
    assert joined == ChatChange(
        corp_id=CORP,
        created_at=MORNING,
        chat_id=chat_id,
        change_type=ChatChangeType.UPDATED,
        update_detail=UpdateDetail.MEMBER_ADDED,
        join_scene=JoinScene.SCANNED,
        changed_count=1,
        changed_members=("wm1",),
        last_version=joined.last_version,
        current_version=detail["member_version"],
    )


async def test_scanning_again_changes_and_tells_nothing(outside: Outside) -> None:
    config_id = await outside.join_way(await outside.open_group())
    await outside.scan(config_id, 1)
    assert (await outside.scan(config_id, 1))["is_new"] is False
    assert (await outside.flush())["told"] == 2


async def test_who_is_invited_bears_the_inviter_and_no_state(outside: Outside) -> None:
    chat_id = await outside.open_group()
    await outside.corp("POST", f"/groups/{chat_id}/invite", inviter="li", person=person(1))
    member = (await outside.detail(chat_id))["member_list"][1]
    assert (member["join_scene"], member["invitor"], "state" in member) == (1, {"userid": "li"}, False)
    await outside.flush()
    assert outside.community.chats[-1].join_scene is JoinScene.INVITED


@pytest.mark.parametrize(("how", "scene"), [("left", QuitScene.LEFT), ("removed", QuitScene.REMOVED)])
async def test_who_goes_is_no_member_any_more(outside: Outside, how: str, scene: QuitScene) -> None:
    chat_id = await outside.open_group()
    await outside.scan(await outside.join_way(chat_id), 1)
    await outside.quit(chat_id, 1, how)
    assert len((await outside.detail(chat_id))["member_list"]) == 1
    await outside.flush()
    gone = outside.community.chats[-1]
    assert (gone.update_detail, gone.quit_scene, gone.changed_members) == (
        UpdateDetail.MEMBER_REMOVED, scene, ("wm1",),
    )  # fmt: skip
    state = (await outside.control("GET", "/state"))["corps"][CORP]
    assert (state["groups"][chat_id]["members"], state["joiners"]) == ([], {"wm1": "u1"})


async def test_the_versions_of_a_membership_form_one_chain(outside: Outside) -> None:
    chat_id = await outside.open_group()
    config_id = await outside.join_way(chat_id)
    first_version = (await outside.detail(chat_id))["member_version"]
    for number in range(20):
        await outside.scan(config_id, number)
        await outside.quit(chat_id, number)
    await outside.flush()
    changes = [change for change in outside.community.chats if change.change_type is ChatChangeType.UPDATED]
    assert len(changes) == 40
    assert changes[0].last_version == first_version
    assert all(before.current_version == after.last_version for before, after in pairwise(changes))
    assert changes[-1].current_version == (await outside.detail(chat_id))["member_version"]
    assert len({change.current_version for change in changes} | {first_version}) == 41


async def test_the_one_after_a_full_group_opens_the_next(outside: Outside) -> None:
    """A group of this corp holds its owner and two more."""
    first = await outside.open_group()
    config_id = await outside.join_way(first)
    chat_ids = [(await outside.scan(config_id, number))["chat_id"] for number in range(5)]
    assert chat_ids[:2] == [first, first]
    second, third = chat_ids[2], chat_ids[4]
    assert chat_ids[3] == second
    assert len({first, second, third}) == 3
    shown = (await outside.group_chat("get_join_way", config_id=config_id))["join_way"]
    assert (shown["chat_id_list"], shown["room_base_id"]) == ([first, second, third], 3)
    assert [(await outside.detail(chat_id))["name"] for chat_id in (second, third)] == ["四季1", "四季2"]
    await outside.flush()
    told = [(change.chat_id, change.change_type) for change in outside.community.chats if change.chat_id == second]
    assert [change_type for _, change_type in told] == ["create", "update", "update"]


async def test_a_full_live_code_drops_its_first_group_for_the_next(outside: Outside) -> None:
    config_id = await outside.join_way(await outside.open_group())
    chat_ids = [(await outside.scan(config_id, number))["chat_id"] for number in range(12)]
    shown = (await outside.group_chat("get_join_way", config_id=config_id))["join_way"]
    assert shown["chat_id_list"] == list(dict.fromkeys(chat_ids))[1:]


async def test_a_full_group_stays_full_where_no_next_is_wanted(outside: Outside) -> None:
    chat_id = await outside.open_group()
    config_id = await outside.join_way(chat_id, auto_create_room=0)
    scanned = [await outside.scan(config_id, number) for number in range(3)]
    assert [answer["chat_id"] for answer in scanned] == [chat_id, chat_id, None]
    await outside.quit(chat_id, 0)
    assert (await outside.scan(config_id, 2))["chat_id"] == chat_id


async def test_a_renamed_and_a_dismissed_group_are_told(outside: Outside) -> None:
    chat_id = await outside.open_group()
    await outside.corp("PUT", f"/groups/{chat_id}/name", name="新名")
    assert (await outside.detail(chat_id))["name"] == "新名"
    await outside.corp("DELETE", f"/groups/{chat_id}")
    assert (await outside.group_chat("get", chat_id=chat_id))["errcode"] == 40050
    await outside.flush()
    _, renamed, dismissed = outside.community.chats
    assert (renamed.update_detail, renamed.current_version) == (UpdateDetail.NAME, None)
    assert dismissed.change_type is ChatChangeType.DISMISSED


async def test_groups_are_listed_page_by_page(outside: Outside) -> None:
    await outside.corp("PUT", "/staff/wang", name="王导购")
    chat_ids = [await outside.open_group(str(number)) for number in range(5)]
    pages, cursor = [], ""
    for _ in range(3):
        page = await outside.group_chat("list", limit=2, cursor=cursor)
        pages.append([shown["chat_id"] for shown in page["group_chat_list"]])
        cursor = page["next_cursor"]
    assert pages == [chat_ids[:2], chat_ids[2:4], chat_ids[4:]]
    assert cursor == ""
    of_wang = await outside.group_chat("list", limit=10, owner_filter={"userid_list": ["wang"]})
    without_owner = await outside.group_chat("list", limit=10, status_filter=1)
    assert of_wang["group_chat_list"] == without_owner["group_chat_list"] == []
    assert [(await outside.group_chat("list", limit=limit))["errcode"] for limit in (0, 1001)] == [40058, 40058]


async def test_a_lagging_detail_shows_the_last_membership_and_then_the_true_one() -> None:
    async with living(weather={"lagging_bp": 10_000}) as outside:
        chat_id = await outside.open_group()
        await outside.scan(await outside.join_way(chat_id), 1)
        reads = [await outside.detail(chat_id) for _ in range(4)]
        await outside.flush()
        joined = outside.community.chats[-1]
        versions = [read["member_version"] for read in reads]
        assert (versions[0], versions[-1]) == (joined.last_version, joined.current_version)
        assert len(reads[0]["member_list"]) == 1
        assert len(reads[-1]["member_list"]) == 2


# Contacts


async def test_who_scans_a_contact_way_is_a_contact_with_its_state(outside: Outside) -> None:
    added = await outside.wecom("externalcontact/add_contact_way", CONTACT_WAY)
    scanned = await outside.scan(added["qr_code"], 1)
    assert scanned == {"chat_id": None, "userid": "li", "is_new": True}
    assert (await outside.scan(added["qr_code"], 1))["is_new"] is False
    shown = await outside.wecom("externalcontact/get", external_userid="wm1")
    added_at = int(MORNING.timestamp())
    assert shown["external_contact"] == {"external_userid": "wm1", "name": "顾客1", "type": 1, "unionid": "u1"}
    assert shown["follow_user"] == [
        {"userid": "li", "remark": "顾客1", "createtime": added_at, "state": "S00001", "add_way": 1}
    ]
    await outside.flush()
    (told,) = outside.community.contacts
    assert (told.change_type, told.userid, told.state) == (ContactChangeType.ADDED, "li", "S00001")
    assert told.welcome_code


async def test_who_has_one_of_the_staff_stays_with_her(outside: Outside) -> None:
    staff = ("li", "wang")
    await outside.corp("PUT", "/staff/wang", name="王导购")
    way = {**CONTACT_WAY, "type": 2, "user": staff}
    added = await outside.wecom("externalcontact/add_contact_way", way)
    for number, userid in enumerate(staff):
        await outside.corp("POST", "/contacts", userid=userid, person=person(number))
        assert await outside.scan(added["qr_code"], number) == {"chat_id": None, "userid": userid, "is_new": False}


async def test_a_contact_that_comes_back_gets_no_second_welcome(outside: Outside) -> None:
    for _ in range(2):
        await outside.corp("POST", "/contacts", userid="li", person=person(1))
        await outside.corp("POST", "/contacts/part", userid="li", external_userid="wm1", how="by_person")
    await outside.flush()
    told = outside.community.contacts
    assert [change.change_type for change in told] == [
        ContactChangeType.ADDED, ContactChangeType.PERSON_REMOVED_STAFF,
    ] * 2  # fmt: skip
    assert [change.welcome_code is not None for change in told] == [True, False, False, False]


async def test_a_deleted_contact_is_none_any_more(outside: Outside) -> None:
    await outside.corp("POST", "/contacts", userid="li", person=person(1))
    assert (await outside.control("GET", "/state"))["corps"][CORP]["contacts"] == [["wm1", "li"]]
    await outside.corp("POST", "/contacts/part", userid="li", external_userid="wm1", how="by_staff")
    assert (await outside.wecom("externalcontact/get", external_userid="wm1"))["errcode"] == 84061
    assert (await outside.wecom("externalcontact/get"))["errcode"] == 40096
    await outside.flush()
    assert outside.community.contacts[-1].change_type is ContactChangeType.STAFF_REMOVED_PERSON


# The mini-program


async def _log_in(outside: Outside, js_code: str, /, **other: str) -> Any:
    query = {"appid": APPID, "secret": APP_SECRET, "js_code": js_code, "grant_type": "authorization_code", **other}
    return (await outside.http.get("/sns/jscode2session", params=query)).json()


async def _js_code(outside: Outside, **other: object) -> str:
    issued = await outside.control("POST", "/js_codes", appid=APPID, person={**person(1), **other})
    return str(issued["js_code"])


async def test_a_code_says_once_who_logs_in(outside: Outside) -> None:
    js_code = await _js_code(outside)
    login = await _log_in(outside, js_code)
    assert (login["openid"], login["unionid"], len(login["session_key"])) == ("o1", "u1", 24)
    assert "errcode" not in login
    assert (await _log_in(outside, js_code))["errcode"] == 40163


async def test_a_code_is_good_for_five_minutes(outside: Outside) -> None:
    js_code, late = await _js_code(outside), await _js_code(outside)
    outside.machine.at += timedelta(minutes=5)
    assert (await _log_in(outside, js_code))["openid"] == "o1"
    outside.machine.at += timedelta(seconds=1)
    assert (await _log_in(outside, late))["errcode"] == 40029


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [({"appid": "wx"}, 40013), ({"secret": "x"}, 40125), ({"js_code": "x"}, 40029), ({"grant_type": "x"}, 40058)],
)
async def test_a_wrong_login_is_refused(outside: Outside, wrong: Mapping[str, str], errcode: int) -> None:
    assert (await _log_in(outside, await _js_code(outside), **wrong))["errcode"] == errcode


async def test_a_person_logs_in_a_hundred_times_a_minute_and_no_more(outside: Outside) -> None:
    answers = [await _log_in(outside, await _js_code(outside)) for _ in range(101)]
    assert [answer.get("errcode") for answer in answers] == [None] * 100 + [45011]
    outside.machine.at += timedelta(minutes=1)
    assert (await _log_in(outside, await _js_code(outside)))["openid"] == "o1"


async def test_a_high_risk_person_is_refused(outside: Outside) -> None:
    assert (await _log_in(outside, await _js_code(outside, is_high_risk=True)))["errcode"] == 40226
