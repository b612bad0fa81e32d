"""Looking at contacts: ask WeCom who has a person, resolve her, take it in."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from services.community import peers
from services.community.contact import actions
from services.community.contact.actions import Acquaintance
from services.community.contact.rules import Follow
from services.community.corp.flows import WeCom, wecom_of
from services.community.look import actions as looks
from services.community.look.queries import Look
from services.community.look.rules import Subject
from services.community.peers import NOT_A_CONTACT, Outsider, WeComRefused
from shared.context import Context
from shared.trace import trace_of
from shared.wecom.changes import ContactChange, ContactChangeType

_AT_ONCE = 8


class Answer(NamedTuple):
    """What WeCom answered about a person."""

    look: Look
    outsider: Outsider
    follows: Sequence[Follow]


async def look_at_contacts(context: Context, brand_id: UUID, claimed: Sequence[Look]) -> None:
    """Make these persons' contacts what they are in WeCom."""
    wecom = await wecom_of(context, brand_id)
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def read(look: Look) -> Answer | None:
        async with at_once:
            with suppress(*peers.WAITED_FOR):  # one person that can't be asked about holds up no other
                return await _read(wecom, look)
        return None

    answers = await asyncio.gather(*map(read, claimed))
    found = [answer for answer in answers if answer is not None]
    persons = await peers.resolve(context.peers, brand_id, [answer.outsider for answer in found])
    met = [
        Acquaintance(
            answer.look,
            context.secrets.lookup(brand_id, "external_userid", answer.look.name),
            person_id,
            answer.follows,
            _told(answer.look),
        )
        for answer, person_id in zip(found, persons, strict=True)
    ]
    unread = [look for look, answer in zip(claimed, answers, strict=True) if answer is None]
    async with context.database.transaction() as tx:
        await actions.take_acquaintances(tx, brand_id, met, trace_of(None))
        await looks.put_off_looks(tx, brand_id, Subject.CONTACT, unread)


async def _read(wecom: WeCom, look: Look) -> Answer:
    try:
        answer = await wecom.get("externalcontact/get", {"external_userid": look.name})
    except WeComRefused as refused:
        if refused.errcode != NOT_A_CONTACT:
            raise
        return Answer(look, Outsider(look.name, None), ())
    follows = [
        Follow(str(one["userid"]), datetime.fromtimestamp(int(one["createtime"]), UTC), one.get("state") or None)
        for one in answer["follow_user"]
    ]
    return Answer(look, Outsider(look.name, answer["external_contact"].get("unionid")), follows)


def _told(look: Look) -> list[Follow]:
    """Who, as callbacks told, added the person."""
    told = []
    for one in look.told:
        change = msgspec.json.decode(one.change, type=ContactChange)
        if change.change_type is ContactChangeType.ADDED:
            told.append(Follow(change.userid, change.created_at, change.state, one.digest.hex()))
    return told
