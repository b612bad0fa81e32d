"""Points: earned by tickets, taken back by returns, spent and owed, gone in time; and always adding up."""

import asyncio
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from services.member.points.jobs import expire_points
from shared.events.trade import SpentPoints
from shared.ids import new_id
from shared.jobs import run_now
from tests.services.member.callers import (
    assert_adds_up,
    attributed,
    entries_of,
    join,
    member_with,
    paid,
    points_of,
    returned,
)
from tests.world import Chain

pytestmark = pytest.mark.asyncio


async def have(chain: Chain, member_id: UUID) -> tuple[Any, ...]:
    told = await points_of(chain, member_id)
    return told["points"], told["owed"], told["growth"]


async def test_a_ticket_earns_a_point_and_growth_for_each_yuan_and_none_for_what_points_paid(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    await chain.world.say(paid(chain, member_id, 5_099, SpentPoints(points=50, amount_fen=1_000)))
    await chain.world.settled()
    assert await have(chain, member_id) == (100 - 50 + 40, 0, 140)
    assert [(one["kind"], one["points"]) for one in await entries_of(chain, member_id)] == [
        ("earn", 100),
        ("spend", -50),
        ("earn", 40),
    ]
    await assert_adds_up(chain)


async def test_a_ticket_at_a_till_that_names_a_card_held_points_and_all_reaches_the_member(chain: Chain) -> None:
    till = chain.till(new_id())
    member_id = await member_with(chain, 100)
    hold_id = str(new_id())
    shown = {"kind": "card", "value": "8800000001"}
    held = await till.post("/member/v1/points/holds", json={"hold_id": hold_id, "points": 100, "member": shown})
    assert held.status_code == 201
    points = {"kind": "points", "amount_fen": 500, "points": 100, "hold_id": hold_id}
    ticket = {
        "business_on": "2026-11-24", "number": "1", "sold_at": "2026-11-24T09:55:00+08:00", "kind": "sale",
        "member": shown, "total_fen": 4_000, "tenders": [points, {"kind": "cash", "amount_fen": 3_500}],
    }  # fmt: skip
    assert (await till.post("/trade/v1/tickets", json=ticket)).status_code == 201
    await chain.world.settled()
    assert await have(chain, member_id) == (35, 0, 135)
    await assert_adds_up(chain)


async def test_a_ticket_of_nobody_and_one_of_a_few_fen_write_nothing(chain: Chain) -> None:
    member_id = UUID((await join(chain.till(new_id()), card="1"))["member_id"])
    await chain.world.say(paid(chain, None, 5_000), paid(chain, member_id, 99))
    await chain.world.settled()
    assert await entries_of(chain, member_id) == []


async def test_partial_returns_take_back_exactly_what_the_sale_brought(chain: Chain) -> None:
    member_id = await member_with(chain, 70)
    ticket = paid(chain, member_id, 9_999, SpentPoints(points=70, amount_fen=333))
    steps = [0, 1_111, 2_500, 5_000, 9_998, 9_999]
    backs = [returned(chain, ticket, before, after) for before, after in pairwise(steps)]
    await chain.world.say(ticket, *backs)
    await chain.world.settled()
    assert await have(chain, member_id) == (70, 0, 70)
    await assert_adds_up(chain)


async def test_a_return_in_a_later_batch_finds_its_sale(chain: Chain) -> None:
    member_id = await member_with(chain, 0)
    ticket = paid(chain, member_id, 1_000)
    await chain.world.say(ticket)
    await chain.world.settled()
    await chain.world.say(returned(chain, ticket, 0, 500))
    await chain.world.settled()
    assert await have(chain, member_id) == (5, 0, 5)


async def test_a_return_without_a_known_sale_counts_by_its_own_amount(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    back = returned(chain, paid(chain, member_id, 3_000), 0, 3_000)
    unknown = type(back)(**{name: getattr(back, name) for name in back.__struct_fields__} | {"original_id": None})
    await chain.world.say(unknown)
    await chain.world.settled()
    assert await have(chain, member_id) == (70, 0, 70)


async def test_earned_points_that_were_spent_before_the_return_are_owed_and_settled_first(chain: Chain) -> None:
    member_id = await member_with(chain, 0)
    ticket = paid(chain, member_id, 10_000)
    await chain.world.say(ticket)
    await chain.world.settled()
    await chain.world.say(paid(chain, member_id, 1_000, SpentPoints(points=100, amount_fen=1_000)))
    await chain.world.settled()
    await chain.world.say(returned(chain, ticket, 0, 10_000))
    await chain.world.settled()
    assert await have(chain, member_id) == (0, 100, 0)
    await assert_adds_up(chain)
    await chain.world.say(paid(chain, member_id, 13_000))
    await chain.world.settled()
    assert await have(chain, member_id) == (30, 0, 130)
    assert [one["owed"] for one in await entries_of(chain, member_id)] == [0, 0, 100, -100]
    await assert_adds_up(chain)


async def test_points_spent_with_the_line_down_beyond_what_there_is_are_owed(chain: Chain) -> None:
    member_id = await member_with(chain, 30)
    await chain.world.say(paid(chain, member_id, 1_000, SpentPoints(points=100, amount_fen=1_000)))
    await chain.world.settled()
    assert await have(chain, member_id) == (0, 70, 30)
    *_, spend = await entries_of(chain, member_id)
    assert (spend["points"], spend["owed"], spend["remark"]) == (-100, 70, "no_hold")
    await assert_adds_up(chain)


async def test_an_attributed_ticket_earns_late_less_what_was_returned(chain: Chain) -> None:
    member_id = await member_with(chain, 20)
    ticket = paid(chain, None, 10_000, SpentPoints(points=10, amount_fen=100), business_on=date(2026, 9, 30))
    await chain.world.say(ticket, returned(chain, ticket, 0, 2_500), attributed(chain, ticket, member_id, 2_500))
    await chain.world.settled()
    assert await have(chain, member_id) == (20 - 10 + 2 + 99 - 24, 0, 20 + 99 - 24)
    await chain.world.say(returned(chain, ticket, 2_500, 10_000))
    await chain.world.settled()
    assert await have(chain, member_id) == (20, 0, 20)
    await assert_adds_up(chain)


async def test_growth_lifts_her_tier_and_a_return_lowers_it_again(chain: Chain) -> None:
    member_id = await member_with(chain, 1_999)
    ticket = paid(chain, member_id, 100)
    tiers = [(await points_of(chain, member_id))["tier"]]
    for fact in (ticket, returned(chain, ticket, 0, 100), paid(chain, member_id, 900_000)):
        await chain.world.say(fact)
        await chain.world.settled()
        tiers.append((await points_of(chain, member_id))["tier"])
    assert tiers == ["银卡", "金卡", "银卡", "黑金"]


async def test_points_are_over_at_the_end_of_their_month_and_the_oldest_are_spent_first(chain: Chain) -> None:
    member_id = await member_with(chain, 0)
    world = chain.world
    await world.say(paid(chain, member_id, 5_000, business_on=date(2025, 12, 3)))
    await world.say(paid(chain, member_id, 7_000, business_on=date(2026, 10, 3)))
    await world.settled()
    told = await points_of(chain, member_id)
    assert (told["next_expiry_on"], told["next_expiry_points"]) == ("2027-01-01", 50)
    await world.say(paid(chain, member_id, 100, SpentPoints(points=20, amount_fen=100)))
    await world.settled()
    context = world.suite.running["member"].context
    world.clock.pass_by(days=37)  # the last day of the year
    await run_now(context, expire_points)
    assert (await points_of(chain, member_id))["points"] == 100
    world.clock.pass_by(days=1)
    await run_now(context, expire_points)
    told = await points_of(chain, member_id)
    assert (told["points"], told["growth"], told["next_expiry_on"]) == (70, 120, "2027-11-01")
    *_, gone = await entries_of(chain, member_id)
    assert (gone["kind"], gone["against"], gone["points"]) == ("expire", "expired", -30)
    await assert_adds_up(chain)


async def test_a_batch_of_many_tickets_of_few_members_adds_up_to_the_point(chain: Chain) -> None:
    till = chain.till(new_id())
    members = [UUID((await join(till, card=str(number)))["member_id"]) for number in range(7)]
    tickets = [paid(chain, members[number % 7], 100 * number) for number in range(700)]
    for some in (tickets[:350], tickets[350:]):
        await asyncio.gather(*(chain.world.say(*some[at::5]) for at in range(5)))
    await chain.world.settled()
    expected = [sum(range(at, 700, 7)) for at in range(7)]
    assert [(await points_of(chain, member_id))["points"] for member_id in members] == expected
    await assert_adds_up(chain)


async def test_head_office_saves_a_rule_and_later_tickets_earn_by_it(chain: Chain) -> None:
    member_id = await member_with(chain, 0)
    office = chain.head_office()
    tiers = [{"name": "普通", "growth": 0}, {"name": "贵宾", "growth": 100, "earn_bp": 15_000}]
    body = {"earn_bp": 20_000, "tiers": tiers}
    versions = [(await office.put("/member/v1/points-rule", json=body)).json()["version"] for _ in range(2)]
    assert versions == [1, 1]
    for _ in range(2):
        await chain.world.say(paid(chain, member_id, 10_000))
        await chain.world.settled()
    assert await have(chain, member_id) == (200 + 300, 0, 200)
    *_, last = await entries_of(chain, member_id)
    assert (last["rule_version"], last["tier"]) == (1, "贵宾")
    told = await office.get(f"/member/v1/explain/{last['entry_id']}", headers={"Accept-Language": "en"})
    assert told.json()["arithmetic"] == (
        "100.00 yuan paid at 2.00 points a yuan, times 1.50 for 贵宾, rounded: 300 points."
    )
    assert told.json()["cause"] == last["event_id"]


async def test_tiers_that_are_no_ladder_are_refused_and_change_nothing(chain: Chain) -> None:
    office = chain.head_office()
    for growths in ([5], [0, 0], [0, 10, 5]):
        tiers = [{"name": str(at), "growth": growth} for at, growth in enumerate(growths)]
        answer = await office.put("/member/v1/points-rule", json={"tiers": tiers})
        assert (answer.status_code, answer.json()["code"]) == (422, "member.tiers_unordered")
    assert (await office.get("/member/v1/points-rule")).json()["version"] == 0


async def test_an_entry_names_the_ticket_and_the_event_that_caused_it_to_its_own_brand_alone(chain: Chain) -> None:
    member_id = await member_with(chain, 0)
    ticket = paid(chain, member_id, 1_234)
    await chain.world.say(ticket)
    await chain.world.settled()
    (entry,) = await entries_of(chain, member_id)
    assert entry["ticket_id"] == str(ticket.ticket_id)
    path = f"/member/v1/explain/{entry['entry_id']}"
    callers = [chain.shopper(member_id), Chain(chain.world).head_office(), chain.shopper(new_id())]
    assert [(await caller.get(path)).status_code for caller in callers] == [200, 404, 404]


async def test_entries_come_in_pages_the_newest_first(chain: Chain) -> None:
    member_id = await member_with(chain, 0)
    await chain.world.say(*(paid(chain, member_id, 100 * number) for number in range(1, 6)))
    await chain.world.settled()
    path = f"/member/v1/members/{member_id}/points/entries"
    found: list[int] = []
    after: dict[str, str] = {}
    sizes = []
    for _ in range(3):
        page = (await chain.shopper(member_id).get(path, params={"most": "2"} | after)).json()
        found += [one["points"] for one in page["items"]]
        sizes.append(len(page["items"]))
        after = {"after": page["next"] or ""}
    assert (sizes, after) == ([2, 2, 1], {"after": ""})
    assert sorted(found) == [1, 2, 3, 4, 5]


async def test_a_planted_error_in_a_balance_is_seen_by_the_reconciliation(chain: Chain) -> None:
    member_id = await member_with(chain, 100)
    await chain.world.rows("update member.points_balance set points = 101 where member_id = $1", member_id)
    told = (await chain.head_office().get("/member/v1/points/reconciliation")).json()
    assert (told["difference"], told["sum_of_all_accounts"], told["differing_members"]) == (1, 1, 1)
