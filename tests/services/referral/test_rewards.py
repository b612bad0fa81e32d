"""Rewards: a coupon when a friend joins, a rebate when she buys, and every fen of it in a balanced ledger."""

from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from services.referral.purchase.actions import take_tickets
from services.referral.reward.jobs import mature_rewards
from shared.events.directory import SkuSaved
from shared.events.event import Heard
from shared.events.member import PersonFolded
from shared.events.referral import RewardAccrued
from shared.events.trade import SoldLine, SpentPoints, TicketAttributed, TicketPaid
from shared.ids import new_id
from shared.jobs import run_now
from tests.services.people import folded
from tests.services.referral.friends import (
    befriend,
    bring,
    heard,
    joined,
    must_balance,
    rewards,
    rule,
    standing,
)
from tests.services.tickets import paid, returned
from tests.world import Chain


async def mature(chain: Chain, **time: float) -> int:
    chain.world.clock.pass_by(**time)
    return await run_now(chain.world.suite.running["referral"].context, mature_rewards)


async def money(chain: Chain, inviter_id: UUID) -> tuple[int, int, int]:
    now = await standing(chain, inviter_id)
    await must_balance(chain)
    return now["accrued_fen"], now["matured_fen"], now["reversed_fen"]


async def rebate(chain: Chain, inviter_id: UUID) -> dict[str, Any]:
    """Her one rebate: by their ids it may stand before or after the coupon that she got for the same friend."""
    (cash,) = [reward for reward in await rewards(chain, inviter_id) if reward["kind"] == "cash"]
    return cash


def bought(chain: Chain, friend_id: UUID, total_fen: int = 10_000, **facts: Any) -> TicketPaid:
    return paid(chain, new_id(), total_fen, **{"member_id": friend_id, "sold_at": chain.world.clock.at} | facts)


def attributed(sale: TicketPaid, member_id: UUID, returned_fen: int = 0, **facts: Any) -> TicketAttributed:
    return TicketAttributed(
        brand_id=sale.brand_id, ticket_id=sale.ticket_id, shop_id=sale.shop_id, business_on=sale.business_on,
        sold_at=sale.sold_at, member_id=member_id, total_fen=sale.total_fen, returned_fen=returned_fen, coupons=[],
        points=[], **facts,
    )  # fmt: skip


async def with_postage(chain: Chain, friend_id: UUID | None) -> TicketPaid:
    """A ticket of a hundred yuan of milk and ten of postage, which the catalogue says is no goods."""
    postage = SkuSaved(
        brand_id=chain.brand_id,
        sku="postage",
        name="postage",
        unit="each",
        product_class="fee",
        is_goods=False,
        version=1,
    )
    await heard(chain, postage)
    return bought(chain, new_id(), 11_000, member_id=friend_id, lines=lines(milk=10_000, postage=1_000))


def lines(**fen: int) -> list[SoldLine]:
    return [SoldLine(sku=sku, quantity_milli=1000, net_fen=net_fen) for sku, net_fen in fen.items()]


async def test_beyond_the_months_cap_a_friend_is_recorded_and_not_rewarded(chain: Chain) -> None:
    inviter = new_id()
    await rule(chain, most_coupons_a_month=2)
    await bring(chain, inviter, *(new_id() for _ in range(5)))
    assert sorted(reward["state"] for reward in await rewards(chain, inviter)) == ["accrued"] * 2 + ["capped"] * 3
    assert len(await chain.world.said(RewardAccrued, chain.brand_id)) == 2
    chain.world.clock.pass_by(days=8)  # into December
    await bring(chain, inviter, new_id())
    assert (await standing(chain, inviter))["coupons"] == 3


async def test_the_coupon_that_campaign_issues_fulfils_the_reward(chain: Chain) -> None:
    office, inviter = chain.head_office(), new_id()
    path = "/campaign/v1/coupon-campaigns/thanks"
    await office.put(path, json={"purpose": "reward", "kind": "amount", "valid_days": 30, "most_per_person": 100})
    assert (await office.post(f"{path}:start")).status_code == 200
    await bring(chain, inviter, new_id())
    await chain.world.settled()  # anew, for campaign's answer comes back to where the story began
    (reward,) = await rewards(chain, inviter)
    coupons = (await chain.shopper(inviter).get(f"/campaign/v1/people/{inviter}/coupons")).json()
    assert [coupon["amount_fen"] for coupon in coupons] == [300]
    assert (reward["state"], reward["coupon_id"]) == ("fulfilled", coupons[0]["coupon_id"])


async def test_a_friends_purchase_accrues_a_rebate_that_matures_after_the_return_window(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    await heard(chain, bought(chain, friend, 9_999))
    assert await money(chain, inviter) == (199, 0, 0)
    assert await mature(chain, days=6, hours=23) == 0
    assert await mature(chain, hours=1) == 1
    assert await money(chain, inviter) == (0, 199, 0)


async def test_returns_before_maturity_take_the_rebate_back_to_the_fen(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    sale = bought(chain, friend, 10_001)
    await heard(chain, sale, returned(sale, 0, 5_000))
    assert await money(chain, inviter) == (101, 0, 99)
    parts = [5_000, 5_001, 7_777, 10_001]
    await heard(chain, *(returned(sale, before, after) for before, after in pairwise(parts)))
    assert await money(chain, inviter) == (0, 0, 200)
    assert await mature(chain, days=8) == 0
    assert (await rebate(chain, inviter))["state"] == "reversed"


async def test_a_return_after_maturity_is_a_negative_entry(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    sale = bought(chain, friend)
    await heard(chain, sale)
    await mature(chain, days=7)
    await heard(chain, returned(sale, 0, 4_000))
    assert await money(chain, inviter) == (0, 120, 80)
    reward_id = (await rebate(chain, inviter))["reward_id"]
    explained = (await chain.head_office().get(f"/referral/v1/explain/{reward_id}")).json()
    assert explained["ticket_id"] == str(sale.ticket_id)
    assert [(entry["account"], entry["amount_fen"]) for entry in explained["entries"]] == [
        ("promised", -200), ("accrued", 200), ("matured", 200), ("accrued", -200), ("reversed", 80), ("matured", -80),
    ]  # fmt: skip
    rows = await chain.world.rows("select event_id from trade.log where key = $1 order by off", str(sale.ticket_id))
    assert (explained["because"], explained["entries"][-1]["cause"]) == ([str(rows[0][0])], str(rows[1][0]))


async def test_what_points_paid_earns_nothing_and_one_ticket_no_more_than_the_cap(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await rule(chain, most_rebate_fen=150)
    await bring(chain, inviter, friend)
    spent = [SpentPoints(points=500, amount_fen=5_000)]
    await heard(chain, bought(chain, friend, 10_000, points=spent), bought(chain, friend, 50_000))
    assert await money(chain, inviter) == (100 + 150, 0, 0)


async def test_a_purchase_after_the_buying_days_earns_nothing(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    chain.world.clock.pass_by(days=90)
    await heard(chain, bought(chain, friend))
    assert await money(chain, inviter) == (0, 0, 0)


async def test_a_strangers_purchase_earns_nobody_anything(chain: Chain) -> None:
    await bring(chain, new_id(), new_id())
    await heard(chain, bought(chain, new_id()), paid(chain, new_id(), 5_000))
    assert [fact.kind for fact in await chain.world.said(RewardAccrued, chain.brand_id)] == ["coupon"]


async def test_a_ticket_heard_before_its_buyer_joined_waits_for_her_with_its_returns(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await befriend(chain, inviter, friend)
    sale = bought(chain, friend)
    await heard(chain, sale)
    await heard(chain, returned(sale, 0, 1_000))
    assert await money(chain, inviter) == (0, 0, 0)
    await heard(chain, joined(chain, friend))
    assert await money(chain, inviter) == (180, 0, 20)
    assert await chain.world.rows("select ticket_id from referral.waiting_sale where member_id = $1", friend) == []


async def test_a_ticket_that_turns_out_to_be_a_friends_counts_without_what_came_back(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    sale = bought(chain, friend, member_id=None)
    back = returned(sale, 0, 2_500)
    await heard(chain, sale, back, attributed(sale, friend, returned_fen=2_500))
    assert await money(chain, inviter) == (150, 0, 50)


async def test_postage_earns_nothing_and_takes_nothing_back(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    sale = await with_postage(chain, friend)
    await heard(chain, sale, returned(sale, 0, 1_000, lines=lines(postage=1_000)))
    assert await money(chain, inviter) == (200, 0, 0)
    await heard(chain, returned(sale, 1_000, 1_501, lines=lines(milk=501)))
    assert await money(chain, inviter) == (190, 0, 10)
    await heard(chain, returned(sale, 1_501, 11_000, lines=lines(milk=9_499)))
    assert await money(chain, inviter) == (0, 0, 200)


async def test_postage_of_a_ticket_that_waits_or_is_hers_late_earns_nothing_either(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await befriend(chain, inviter, friend)
    waits, late = await with_postage(chain, friend), await with_postage(chain, None)
    backs = [returned(sale, 0, 2_000, lines=lines(milk=1_000, postage=1_000)) for sale in (waits, late)]
    await heard(chain, waits, late, *backs)
    await heard(chain, joined(chain, friend))
    assert await money(chain, inviter) == (180, 0, 20)
    its_lines = {"lines": late.lines, "returned_lines": backs[1].lines}
    await heard(
        chain, attributed(late, friend, 2_000, **its_lines), returned(late, 2_000, 7_000, lines=lines(milk=5_000))
    )
    assert await money(chain, inviter) == (180 + 80, 0, 20 + 120)


async def test_a_ticket_said_before_tickets_told_their_lines_counts_as_goods(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    await heard(chain, attributed(await with_postage(chain, None), friend, 1_100))
    assert await money(chain, inviter) == (198, 0, 22)


async def test_depth_two_pays_the_inviters_inviter_and_nobody_above(chain: Chain) -> None:
    anna, berta, clara, dora = (new_id() for _ in range(4))
    assert (await rule(chain, depth=2)).status_code == 200
    await bring(chain, anna, berta)
    await bring(chain, berta, clara)
    await bring(chain, clara, dora)
    await heard(chain, bought(chain, dora))
    assert [await money(chain, person) for person in (clara, berta, anna)] == [(200, 0, 0), (100, 0, 0), (0, 0, 0)]


async def test_by_default_only_the_direct_inviter_earns(chain: Chain) -> None:
    anna, berta, clara = (new_id() for _ in range(3))
    await bring(chain, anna, berta)
    await bring(chain, berta, clara)
    await heard(chain, bought(chain, clara))
    assert [await money(chain, person) for person in (berta, anna)] == [(200, 0, 0), (0, 0, 0)]


@pytest.mark.parametrize("days", [0, 7])
async def test_rebates_of_one_who_invited_herself_go_back_matured_or_not(chain: Chain, days: int) -> None:
    member, visitor = new_id(), new_id()
    await bring(chain, member, visitor)
    await heard(chain, bought(chain, visitor))
    await mature(chain, days=days)
    await heard(chain, folded(chain, visitor, member))
    assert await money(chain, member) == (0, 0, 200)
    await heard(chain, bought(chain, member))
    assert await money(chain, member) == (0, 0, 200)


async def test_rebates_follow_an_inviter_into_the_member(chain: Chain) -> None:
    visitor, member, friend = new_id(), new_id(), new_id()
    await bring(chain, visitor, friend)
    await heard(chain, PersonFolded(brand_id=chain.brand_id, from_id=visitor, into_id=member))
    await heard(chain, bought(chain, friend))
    assert await money(chain, member) == (200, 0, 0)


async def test_what_an_inviter_earns_in_the_very_moment_in_which_she_becomes_another_follows_her(chain: Chain) -> None:
    visitor, member, friend = new_id(), new_id(), new_id()
    await bring(chain, visitor, friend)
    ticket = Heard(new_id(), chain.world.clock.at, "", bought(chain, friend))
    async with chain.world.suite.running["referral"].context.database.transaction() as tx:
        await take_tickets(tx, [ticket])
        await chain.world.say(folded(chain, visitor, member))
        await chain.world.listener_waits_or_is_done()
    await chain.world.settled()
    assert await money(chain, member) == (200, 0, 0)


async def test_an_inviter_reads_her_reward_without_the_friends_ticket(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    await heard(chain, bought(chain, friend))
    reward_id = (await rebate(chain, inviter))["reward_id"]
    own = await chain.shopper(inviter).get(f"/referral/v1/explain/{reward_id}", headers={"Accept-Language": "en"})
    assert own.json()["ticket_id"] is None
    assert own.json()["words"][0].startswith("200 fen accrued at level 1 because of ")
    assert str(friend) not in own.text
    assert (await chain.shopper(friend).get(f"/referral/v1/explain/{reward_id}")).status_code == 404


async def test_a_planted_entry_shows_in_the_reconciliation(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await bring(chain, inviter, friend)
    await heard(chain, bought(chain, friend))
    reward_id = (await rebate(chain, inviter))["reward_id"]
    await chain.world.rows(
        "update referral.ledger_entry set amount_fen = 201 where reward_id = $1 and account = 'accrued'", reward_id
    )
    answer = (await chain.head_office().get("/referral/v1/reconciliation")).json()
    assert [(item["reward_id"], item["sum_fen"]) for item in answer["unbalanced"]] == [(reward_id, 1)]
    assert answer["drifted"] == [reward_id]
