"""Holds: points set aside at a till, posted by the ticket, never more than there is."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.suite.serve import Suite
from deploy.suite.services import all_services
from services.member.hold.jobs import expire_holds
from shared.events.trade import SpentPoints
from shared.ids import new_id
from shared.jobs import run_now
from shared.runtime import Role
from tests.services.member.callers import assert_adds_up, attributed, entries_of, member_with, paid, points_of
from tests.world import Chain, World

pytestmark = pytest.mark.asyncio

CARD = {"kind": "card", "value": "8800000001"}


async def hold(till: httpx.AsyncClient, points: int, hold_id: UUID | None = None, **named: Any) -> httpx.Response:
    body = {"hold_id": str(hold_id or new_id()), "points": points} | (named or {"member": CARD})
    return await till.post("/member/v1/points/holds", json=body)


async def post(chain: Chain, member_id: UUID | None, points: int, hold_id: UUID) -> Any:
    ticket = paid(chain, member_id, 0, SpentPoints(points=points, amount_fen=0, hold_id=hold_id))
    await chain.world.say(ticket)
    await chain.world.settled()
    return ticket


async def standing(chain: Chain, member_id: UUID) -> tuple[int, int, int]:
    told = await points_of(chain, member_id)
    return told["points"], told["held"], told["owed"]


async def test_held_points_are_set_aside_and_the_ticket_spends_them(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    hold_id = new_id()
    answer = await hold(chain.till(new_id()), 80, hold_id)
    assert (answer.status_code, answer.json()["member_id"]) == (201, str(member_id))
    assert await standing(chain, member_id) == (100, 80, 0)
    await post(chain, member_id, 80, hold_id)
    assert await standing(chain, member_id) == (20, 0, 0)
    *_, spend = await entries_of(chain, member_id)
    assert (spend["points"], spend["remark"]) == (-80, "")
    await assert_adds_up(chain)


async def test_the_same_hold_asked_again_is_one_hold_and_another_content_is_refused(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    till, hold_id = chain.till(new_id()), new_id()
    answers = await asyncio.gather(*(hold(till, 60, hold_id) for _ in range(10)))
    assert len({answer.text for answer in answers}) == 1
    assert await standing(chain, member_id) == (100, 60, 0)
    for other in (await hold(till, 61, hold_id), await hold(chain.till(new_id()), 60, hold_id)):
        assert (other.status_code, other.json()["code"]) == (409, "member.hold_differs")


async def test_a_hold_beyond_what_there_is_says_how_many_there_are(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    till = chain.till(new_id())
    await hold(till, 70)
    answer = await hold(till, 31, member_id=str(member_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "member.points_short")
    assert answer.json()["available"] == 30
    assert (await hold(till, 1, member={"kind": "card", "value": "unheard-of"})).status_code == 404


async def test_a_released_hold_sets_the_points_free_and_another_till_cannot_release_it(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    till, hold_id = chain.till(new_id()), new_id()
    await hold(till, 60, hold_id)
    path = f"/member/v1/points/holds/{hold_id}:release"
    assert (await chain.till(new_id()).post(path)).status_code == 404
    assert [(await till.post(path)).json()["state"] for _ in range(2)] == ["released", "released"]
    assert await standing(chain, member_id) == (100, 0, 0)


async def test_two_hundred_tills_at_two_processes_never_hold_more_than_there_is(chain: Chain, world: World) -> None:
    member_id = await member_with(chain, 1_000)
    services = {"member": all_services()["member"]}
    scratch = world.scratch
    second = Suite(services, scratch.settings, scratch.secrets, every=list(world.suite.running), clock=world.clock)
    await second.start(frozenset({Role.API}))
    try:
        transport = httpx.ASGITransport(app=second.gateway)
        headers = {"Authorization": f"Bearer {world.token(chain.till_caller(new_id()))}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://siyu", headers=headers) as other:
            tills = [chain.till(new_id()), other]
            answers = await asyncio.gather(*(hold(tills[number % 2], 7) for number in range(200)))
    finally:
        await second.stop()
    codes = [answer.status_code for answer in answers]
    assert (codes.count(201), codes.count(409)) == (142, 58)
    assert await standing(chain, member_id) == (1_000, 994, 0)
    await assert_adds_up(chain)


async def test_a_hold_that_nobody_posts_ends_and_its_late_ticket_is_honoured(chain: Chain, world: World) -> None:
    member_id = await member_with(chain, 100)
    hold_id = new_id()
    await hold(chain.till(new_id()), 80, hold_id)
    context = world.suite.running["member"].context
    world.clock.pass_by(seconds=599)
    await run_now(context, expire_holds)
    assert await standing(chain, member_id) == (100, 80, 0)
    world.clock.pass_by(seconds=1)
    await run_now(context, expire_holds)
    assert await standing(chain, member_id) == (100, 0, 0)
    await post(chain, member_id, 80, hold_id)
    assert await standing(chain, member_id) == (20, 0, 0)
    *_, spend = await entries_of(chain, member_id)
    assert spend["remark"] == "hold_expired"


async def test_a_hold_posted_twice_or_never_made_is_spent_all_the_same_and_what_lacks_is_owed(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    hold_id = new_id()
    await hold(chain.till(new_id()), 60, hold_id)
    for named in (hold_id, hold_id, new_id()):
        await post(chain, member_id, 60, named)
    assert await standing(chain, member_id) == (0, 0, 80)
    remarks = [one["remark"] for one in await entries_of(chain, member_id) if one["kind"] == "spend"]
    assert remarks == ["", "hold_spent", "hold_unknown"]
    await assert_adds_up(chain)


async def test_a_held_spend_of_an_unknown_ticket_is_not_spent_again_when_it_is_attributed(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    hold_id = new_id()
    await hold(chain.till(new_id()), 60, hold_id)
    ticket = await post(chain, None, 60, hold_id)
    assert await standing(chain, member_id) == (40, 0, 0)
    await chain.world.say(attributed(chain, ticket, member_id))
    await chain.world.settled()
    assert await standing(chain, member_id) == (40, 0, 0)
    await assert_adds_up(chain)


async def test_another_brands_member_has_nothing_to_hold(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    stranger = Chain(chain.world)
    answer = await hold(stranger.till(new_id()), 10, member_id=str(member_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "member.points_short")
    assert answer.json()["available"] == 0
