"""WeCom's API below /cgi-bin: access tokens, contacts, groups, join ways and contact ways."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from deploy.emulator.contacts import Follow
from deploy.emulator.corp import Corp
from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.groups import Entry, Group, Member
from deploy.emulator.ways import QR_CODE_URL, ContactWay, JoinWay
from deploy.emulator.world import World

BY_QR_CODE = 1  # add_way of a contact that scanned
BY_SEARCH = 2
STAFF, EXTERNAL = 1, 2  # types of group members

OK = {"errcode": 0, "errmsg": "ok"}

Way = TypeVar("Way", JoinWay, ContactWay)


class GroupAsk(BaseModel):
    """Which group to show."""

    chat_id: str
    need_name: int = Field(0, ge=0, le=1)


class OwnerFilter(BaseModel):
    """Only groups of these owners."""

    userid_list: list[str] = Field(default_factory=list, max_length=100)


class GroupsAsk(BaseModel):
    """A page of groups."""

    status_filter: int = Field(0, ge=0, le=3)
    owner_filter: OwnerFilter = OwnerFilter()
    cursor: str = Field("", pattern=r"^\d{0,18}$")
    limit: int = Field(ge=1, le=1000)


class WayAsk(BaseModel):
    """Which live code is meant."""

    config_id: str


class JoinWayUpdate(JoinWay):
    """A join way as it is to be from now on: what is not given falls back to its default."""

    config_id: str


def wecom_app(world: World) -> FastAPI:
    """The API, to be mounted at /cgi-bin."""
    app = FastAPI(title="WeCom")
    app.state.world = world
    app.add_exception_handler(Fault, answer_fault)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.get("/gettoken")(get_token)
    app.get("/externalcontact/get")(get_contact)
    for name, door in (
        ("groupchat/get", get_group),
        ("groupchat/list", list_groups),
        ("groupchat/add_join_way", add_join_way),
        ("groupchat/get_join_way", get_join_way),
        ("groupchat/update_join_way", update_join_way),
        ("groupchat/del_join_way", delete_join_way),
        ("add_contact_way", add_contact_way),
        ("get_contact_way", get_contact_way),
        ("update_contact_way", update_contact_way),
        ("del_contact_way", delete_contact_way),
    ):
        app.post(f"/externalcontact/{name}")(door)
    return app


async def answer_fault(_: Request, error: Exception) -> JSONResponse:
    """A refusal of Tencent's is a 200 with a number in it."""
    assert isinstance(error, Fault)
    return JSONResponse({"errcode": int(error.errcode), "errmsg": error.errmsg})


async def answer_invalid(_: Request, error: Exception) -> JSONResponse:
    """A body that does not fit."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"errcode": int(Errcode.INVALID_PARAMETER), "errmsg": f"{where}: {first['msg']}"})


def world_of(request: Request) -> World:
    """The world that is asked."""
    world: World = request.app.state.world
    return world


def corp_of(world: Annotated[World, Depends(world_of)], access_token: str = "") -> Corp:
    """The corp whose token comes along."""
    return world.corp_of_token(access_token)


TheWorld = Annotated[World, Depends(world_of)]
TheCorp = Annotated[Corp, Depends(corp_of)]


async def get_token(world: TheWorld, corpid: str = "", corpsecret: str = "") -> Mapping[str, Any]:
    """An access token for two hours."""
    token, left_s = world.access_token(corpid, corpsecret)
    return {**OK, "access_token": token, "expires_in": left_s}


async def get_contact(corp: TheCorp, external_userid: str = "") -> Mapping[str, Any]:
    """A contact, with the staff who have her; whoever is only in a group is none."""
    if not external_userid:
        raise Fault(Errcode.INVALID_EXTERNAL_USERID)
    follows = corp.contacts.of(external_userid)
    if not follows:
        raise Fault(Errcode.NOT_A_CONTACT)
    person = follows[0].person
    shown = {"external_userid": person.external_userid, "name": person.name, "type": 1, "unionid": person.unionid}
    return {**OK, "external_contact": shown, "follow_user": [_follow(follow) for follow in follows]}


async def get_group(corp: TheCorp, ask: GroupAsk) -> Mapping[str, Any]:
    """A group and its members, perhaps not yet as the last callback told."""
    group = corp.groups.get(ask.chat_id)
    membership = corp.groups.read(group)
    members = [_owner(group, corp.staff[group.owner]), *(_member(member) for member in membership.members)]
    if not ask.need_name:
        members = [{name: value for name, value in member.items() if name != "name"} for member in members]
    detail = {
        "chat_id": group.chat_id,
        "name": group.name,
        "owner": group.owner,
        "create_time": int(group.opened_at.timestamp()),
        "notice": "",
        "member_list": members,
        "admin_list": [],
        "member_version": membership.version,
    }
    return {**OK, "group_chat": detail}


async def list_groups(corp: TheCorp, ask: GroupsAsk) -> Mapping[str, Any]:
    """A page of groups in the succession of their opening; none of ours is without its owner (status 0)."""
    owners = ask.owner_filter.userid_list
    after = int(ask.cursor or 0)
    if ask.status_filter:
        return {**OK, "group_chat_list": [], "next_cursor": ""}
    groups = [group for group in corp.groups if group.number > after and (not owners or group.owner in owners)]
    page = groups[: ask.limit]
    shown = [{"chat_id": group.chat_id, "status": 0} for group in page]
    return {**OK, "group_chat_list": shown, "next_cursor": str(page[-1].number) if len(groups) > len(page) else ""}


async def add_join_way(corp: TheCorp, way: JoinWay) -> Mapping[str, Any]:
    """A new live code into groups."""
    corp.check_join_way(way)
    config_id = corp.new_config_id()
    corp.join_ways[config_id] = way
    return {**OK, "config_id": config_id}


async def get_join_way(corp: TheCorp, ask: WayAsk) -> Mapping[str, Any]:
    """A live code as it is now, with what WeCom added to its groups."""
    return {**OK, "join_way": _shown(ask.config_id, _find(corp.join_ways, ask.config_id))}


async def update_join_way(corp: TheCorp, update: JoinWayUpdate) -> Mapping[str, Any]:
    """Replace a live code's settings, all of them."""
    _find(corp.join_ways, update.config_id)
    way = JoinWay.model_validate(update.model_dump(exclude={"config_id"}))
    corp.check_join_way(way)
    corp.join_ways[update.config_id] = way
    return OK


async def delete_join_way(corp: TheCorp, ask: WayAsk) -> Mapping[str, Any]:
    """End a live code; scanning it leads nowhere from now on."""
    _find(corp.join_ways, ask.config_id)
    del corp.join_ways[ask.config_id]
    return OK


async def add_contact_way(corp: TheCorp, way: ContactWay) -> Mapping[str, Any]:
    """A new live code to staff."""
    corp.check_contact_way(way)
    config_id = corp.new_config_id()
    corp.contact_ways[config_id] = way
    return {**OK, "config_id": config_id, "qr_code": QR_CODE_URL.format(config_id=config_id)}


async def get_contact_way(corp: TheCorp, ask: WayAsk) -> Mapping[str, Any]:
    """A live code as it is now."""
    return {**OK, "contact_way": _shown(ask.config_id, _find(corp.contact_ways, ask.config_id))}


async def update_contact_way(corp: TheCorp, update: dict[str, Any]) -> Mapping[str, Any]:
    """Change what is given of a live code, but never its type and scene."""
    config_id = str(update.get("config_id", ""))
    before = _find(corp.contact_ways, config_id)
    fixed = {"type": before.type, "scene": before.scene}
    try:
        way = ContactWay.model_validate({**before.model_dump(), **update, **fixed})
    except ValidationError as error:
        raise Fault(Errcode.INVALID_PARAMETER, str(error.errors()[0]["loc"])) from error
    corp.check_contact_way(way)
    corp.contact_ways[config_id] = way
    return OK


async def delete_contact_way(corp: TheCorp, ask: WayAsk) -> Mapping[str, Any]:
    """End a live code."""
    _find(corp.contact_ways, ask.config_id)
    del corp.contact_ways[ask.config_id]
    return OK


def _find(ways: Mapping[str, Way], config_id: str) -> Way:
    if config_id not in ways:
        raise Fault(Errcode.INVALID_PARAMETER, "config_id")
    return ways[config_id]


def _shown(config_id: str, way: JoinWay | ContactWay) -> Mapping[str, Any]:
    return {"config_id": config_id, **way.model_dump(), "qr_code": QR_CODE_URL.format(config_id=config_id)}


def _follow(follow: Follow) -> Mapping[str, Any]:
    return {
        "userid": follow.userid,
        "remark": follow.person.name,
        "createtime": int(follow.added_at.timestamp()),
        "state": follow.state,
        "add_way": BY_QR_CODE if follow.state else BY_SEARCH,
    }


def _owner(group: Group, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "userid": group.owner,
        "type": STAFF,
        "join_time": int(group.opened_at.timestamp()),
        "join_scene": int(Entry(inviter=group.owner).scenes[1]),
        "group_nickname": "",
    }


def _member(member: Member) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": member.person.name,
        "userid": member.person.external_userid,
        "type": EXTERNAL,
        "join_time": int(member.joined_at.timestamp()),
        "join_scene": int(member.entry.scenes[1]),
        "unionid": member.person.unionid,
        "group_nickname": "",
    }
    if member.entry.state:
        shown["state"] = member.entry.state
    if member.entry.inviter is not None:
        shown["invitor"] = {"userid": member.entry.inviter}
    return shown
