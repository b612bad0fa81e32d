"""Looking at groups: follow what callbacks told or ask WeCom, resolve who is new, take it in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.community import peers
from services.community.corp import queries as corps
from services.community.corp.flows import WeCom, wecom_of
from services.community.group import actions, queries
from services.community.group.actions import Reading
from services.community.group.rules import MOST_STALE_READS, Seen, Step, followed, is_behind
from services.community.look import actions as looks
from services.community.look.queries import Look
from services.community.look.rules import Subject
from services.community.peers import UNKNOWN_CHAT, Outsider, WeComRefused
from shared.context import Context
from shared.db import Row
from shared.trace import trace_of
from shared.wecom.changes import ChatChange, UpdateDetail

_AT_ONCE = 8
_ON_PAGE = 1000
_EXTERNAL = 2  # a member's type; staff is 1

Outsiders = dict[UUID, Outsider]


async def look_at_groups(context: Context, brand_id: UUID, claimed: Sequence[Look]) -> None:
    """Make these groups what they are in WeCom; what can't be seen yet is looked at again later."""
    wecom = await wecom_of(context, brand_id)
    async with context.database.reading() as tx:
        known = await queries.known(tx, brand_id, [look.name for look in claimed])
    outsiders: Outsiders = {}
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def read(look: Look) -> Reading | None:
        async with at_once:
            with suppress(*peers.WAITED_FOR):  # one group that can't be read holds up no other
                return await _read(context, brand_id, (wecom, look, known.get(look.name)), outsiders)
        return None

    read_by_look = list(zip(claimed, await asyncio.gather(*map(read, claimed)), strict=True))
    readings = [reading for _, reading in read_by_look if reading is not None]
    persons = await _resolve(context, brand_id, readings, outsiders, known)
    async with context.database.transaction() as tx:
        await actions.take_readings(tx, brand_id, readings, persons, trace_of(None))
        stale = [look for look, reading in read_by_look if reading is None]
        await looks.put_off_looks(tx, brand_id, Subject.GROUP, stale)


async def sweep_groups(context: Context, brand_id: UUID, within_s: int) -> int:
    """List all groups and have each looked at within some seconds; answers how many WeCom has."""
    wecom = await wecom_of(context, brand_id)
    listed: list[str] = []
    cursor = ""
    while True:
        answer = await wecom.post("externalcontact/groupchat/list", {"limit": _ON_PAGE, "cursor": cursor})
        listed += [str(chat["chat_id"]) for chat in answer["group_chat_list"]]
        cursor = str(answer.get("next_cursor") or "")
        if not cursor:
            break
    async with context.database.transaction() as tx:
        stored = await queries.open_chats(tx, brand_id)
        await looks.ask_looks(tx, brand_id, Subject.GROUP, [*listed, *stored], within_s)
    return len(listed)


async def sweep_due(context: Context, most: int) -> int:
    """Sweep the corps whose turn it is; answers how many. One whose WeCom does not answer waits for its next turn."""
    async with context.database.reading() as tx:  # a claim is one statement
        due = await corps.due(tx, most)
    sweeps = (sweep_groups(context, row["brand_id"], row["within_s"]) for row in due)
    outcomes = await asyncio.gather(*sweeps, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, peers.WAITED_FOR):
            raise outcome
    return len(due)


async def _read(
    context: Context, brand_id: UUID, asked: tuple[WeCom, Look, Row | None], outsiders: Outsiders
) -> Reading | None:
    """One group; none where WeCom still shows what a callback told to be past. `outsiders` takes in who is met."""
    wecom, look, row = asked

    def meet(outsider: Outsider) -> UUID:
        lookup = context.secrets.lookup(brand_id, "external_userid", outsider.external_userid)
        if outsider.unionid or lookup not in outsiders:
            outsiders[lookup] = outsider
        return lookup

    steps = _steps(look, meet)
    end = followed(row["member_version"], steps) if row is not None and len(steps) == len(look.told) else None
    if row is not None and end is not None:
        return Reading(look, steps, row["name"], row["owner_userid"], end, context.clock(), None)
    try:
        answer = await wecom.post("externalcontact/groupchat/get", {"chat_id": look.name, "need_name": 0})
    except WeComRefused as refused:
        if refused.errcode != UNKNOWN_CHAT:
            raise
        name, owner = (row["name"], row["owner_userid"]) if row is not None else ("", "")
        return Reading(look, steps, name, owner, None, context.clock(), (), is_dismissed=True)
    detail = answer["group_chat"]
    version = str(detail["member_version"])
    if look.tries <= MOST_STALE_READS and is_behind(version, steps):
        return None
    seen = [
        Seen(meet(Outsider(str(one["userid"]), one.get("unionid"))), _at(one["join_time"]), one.get("state"))
        for one in detail["member_list"]
        if one["type"] == _EXTERNAL
    ]
    return Reading(look, steps, str(detail["name"]), str(detail["owner"]), version, _at(detail["create_time"]), seen)


def _steps(look: Look, meet: Callable[[Outsider], UUID]) -> list[Step]:
    """What callbacks told of who came and went."""
    steps = []
    for told in look.told:
        change = msgspec.json.decode(told.change, type=ChatChange)
        members = [meet(Outsider(name, None)) for name in change.changed_members]
        step = Step(told.digest.hex(), change.created_at, change.last_version, change.current_version)
        match change.update_detail:
            case UpdateDetail.MEMBER_ADDED:
                steps.append(step._replace(joined=members))
            case UpdateDetail.MEMBER_REMOVED:
                steps.append(step._replace(left=members))
    return steps


async def _resolve(
    context: Context,
    brand_id: UUID,
    readings: Sequence[Reading],
    outsiders: Mapping[UUID, Outsider],
    known: Mapping[str, Row],
) -> dict[UUID, UUID]:
    """The persons behind those who are not stored to be in any of these groups, or who may have joined anew."""
    told = {lookup for reading in readings for step in reading.steps for lookup in step.joined}
    async with context.database.reading() as tx:
        here = await queries.here(tx, [row["group_id"] for row in known.values()])
    groups = {row["group_id"]: name for name, row in known.items()}
    stored = {(groups[row["group_id"]], row["lookup"]): row["joined_at"] for row in here}
    fresh = {
        one.lookup
        for reading in readings
        for one in reading.seen or ()
        if stored.get((reading.look.name, one.lookup)) != one.joined_at
    }
    wanted = sorted(fresh | told)
    resolved = await peers.resolve(context.peers, brand_id, [outsiders[lookup] for lookup in wanted])
    return dict(zip(wanted, resolved, strict=True))


def _at(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
