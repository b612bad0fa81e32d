"""Invitations: whose code it is, who may accept it, and whose invitee she is once she joins."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.referral.attribution.actions import take_members
from shared.auth.caller import Role
from shared.events.event import Heard
from shared.events.referral import RewardAccrued
from shared.ids import new_id
from tests.services.people import folded, grouped
from tests.services.referral.friends import (
    accept,
    befriend,
    bring,
    heard,
    invite,
    joined,
    rule,
    standing,
)
from tests.services.tickets import shop_saved
from tests.world import Chain


async def voided(chain: Chain) -> dict[UUID, str]:
    rows = await chain.world.rows(
        "select invitee_id, voided_as from referral.attribution where brand_id = $1 and voided_at is not null",
        chain.brand_id,
    )
    return {row["invitee_id"]: row["voided_as"] for row in rows}


async def test_a_visitor_gets_one_code_however_often_she_asks(chain: Chain) -> None:
    visitor = chain.shopper(new_id())
    answers = await asyncio.gather(*(visitor.post("/referral/v1/invitations", json={}) for _ in range(10)))
    (code,) = {answer.json()["invitation_code"] for answer in answers}
    assert len(code) == 16  # 80 bits
    assert answers[0].json() == {
        "invitation_code": code, "inviter_kind": "shopper", "link": f"pages/invitation/index?code={code}",
    }  # fmt: skip


async def test_a_guide_has_her_own_code_and_her_shop_another(chain: Chain) -> None:
    shop = shop_saved(chain)
    await heard(chain, shop)
    guide = chain.staff(Role.GUIDE, shops=frozenset({shop.shop_id}))
    assert await invite(guide) != await invite(guide, shop_id=str(shop.shop_id))
    other = await guide.post("/referral/v1/invitations", json={"shop_id": str(new_id())})
    assert other.status_code == 403
    unknown = await chain.head_office().post("/referral/v1/invitations", json={"shop_id": str(new_id())})
    assert unknown.status_code == 404
    shopper = await chain.shopper(new_id()).post("/referral/v1/invitations", json={"shop_id": str(shop.shop_id)})
    assert shopper.status_code == 403


async def test_a_friend_who_joins_through_a_guides_code_earns_nobody_anything(chain: Chain) -> None:
    guide, friend = chain.staff(Role.GUIDE), new_id()
    assert (await accept(chain, friend, await invite(guide))).status_code == 200
    await heard(chain, joined(chain, friend))
    rows = await chain.world.rows("select inviter_kind from referral.attribution where invitee_id = $1", friend)
    assert [row["inviter_kind"] for row in rows] == ["guide"]
    assert await chain.world.said(RewardAccrued, chain.brand_id) == []


async def test_an_unknown_code_and_another_brands_code_are_not_found(chain: Chain) -> None:
    foreign = await invite(Chain(chain.world).shopper(new_id()))
    for code in ("A" * 16, foreign):
        assert (await accept(chain, new_id(), code)).status_code == 404


async def test_accepting_earns_nothing_and_joining_a_coupon_once(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await befriend(chain, inviter, friend)
    assert await chain.world.said(RewardAccrued, chain.brand_id) == []
    assert (await standing(chain, inviter))["waiting"] == 1
    await heard(chain, grouped(chain, friend))
    await heard(chain, joined(chain, friend), grouped(chain, friend))
    (reward,) = await chain.world.said(RewardAccrued, chain.brand_id)
    assert (reward.inviter_id, reward.invitee_id, reward.kind, reward.amount_fen) == (inviter, friend, "coupon", 300)
    now = await standing(chain, inviter)
    assert (now["invitees"], now["waiting"], now["coupons"]) == (1, 0, 1)


@pytest.mark.parametrize("known_by", [joined, grouped])
async def test_a_member_or_someone_in_a_group_is_nobodys_invitee(chain: Chain, known_by: object) -> None:
    friend = new_id()
    assert callable(known_by)
    await heard(chain, known_by(chain, friend))
    answer = await accept(chain, friend, await invite(chain.shopper(new_id())))
    assert (answer.status_code, answer.json()["code"]) == (409, "referral.already_known")


async def test_who_was_a_member_before_is_found_out_even_where_it_is_heard_late(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await befriend(chain, inviter, friend)
    await heard(chain, joined(chain, friend, chain.world.clock.at - timedelta(seconds=1)))
    assert (await standing(chain, inviter))["invitees"] == 0
    later = new_id()
    await befriend(chain, inviter, later)
    await heard(chain, grouped(chain, later))
    assert (await standing(chain, inviter))["invitees"] == 1
    await heard(chain, joined(chain, later, chain.world.clock.at - timedelta(seconds=1)))
    assert (await standing(chain, inviter))["invitees"] == 0
    assert await voided(chain) == {later: "known_before"}


async def test_the_first_acceptance_counts_until_its_window_ends(chain: Chain) -> None:
    friend, first, second = new_id(), new_id(), new_id()
    await rule(chain, window_days=10)
    await befriend(chain, first, friend)
    assert (await accept(chain, friend, await invite(chain.shopper(first)))).status_code == 200
    refused = await accept(chain, friend, await invite(chain.shopper(second)))
    assert (refused.status_code, refused.json()["code"]) == (409, "referral.already_invited")
    chain.world.clock.pass_by(days=10)
    await befriend(chain, second, friend)
    await heard(chain, joined(chain, friend))
    assert (await standing(chain, first))["invitees"] == 0
    assert (await standing(chain, second))["invitees"] == 1


async def test_who_joins_after_the_window_is_nobodys_invitee(chain: Chain) -> None:
    inviter, friend = new_id(), new_id()
    await befriend(chain, inviter, friend)
    chain.world.clock.pass_by(days=30)
    await heard(chain, joined(chain, friend))
    assert (await standing(chain, inviter))["invitees"] == 0


async def test_nobody_invites_herself_nor_anybody_above_her(chain: Chain) -> None:
    anna, berta, clara = new_id(), new_id(), new_id()
    own = await accept(chain, anna, await invite(chain.shopper(anna)))
    assert own.json()["code"] == "referral.own_invitation"
    await bring(chain, anna, berta)
    await befriend(chain, berta, clara)
    for below in (berta, clara):
        answer = await accept(chain, anna, await invite(chain.shopper(below)))
        assert (answer.status_code, answer.json()["code"]) == (409, "referral.circle")


async def test_of_two_who_accept_each_other_at_once_through_two_processes_one_is_refused(chain: Chain) -> None:
    async with chain.world.second_process() as other:
        there = Chain(other, chain.brand_id)
        for _ in range(20):
            anna, berta = new_id(), new_id()
            annas, bertas = await invite(chain.shopper(anna)), await invite(there.shopper(berta))
            answers = await asyncio.gather(accept(chain, anna, bertas), accept(there, berta, annas))
            assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_two_hundred_inviters_who_want_one_friend_at_once_get_her_once(chain: Chain) -> None:
    friend = new_id()
    codes = await asyncio.gather(*(invite(chain.shopper(new_id())) for _ in range(200)))
    async with chain.world.second_process() as other:
        chains = (chain, Chain(other, chain.brand_id))
        answers = await asyncio.gather(*(accept(chains[at % 2], friend, code) for at, code in enumerate(codes)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 199


async def test_a_visitor_who_turns_out_to_be_her_own_inviter_earned_nothing(chain: Chain) -> None:
    member, visitor = new_id(), new_id()
    await bring(chain, member, visitor)
    assert (await standing(chain, member))["invitees"] == 1
    await heard(chain, folded(chain, visitor, member))
    assert (await standing(chain, member))["invitees"] == 0
    assert await voided(chain) == {member: "own"}


async def test_an_invitee_keeps_her_inviter_when_she_proves_to_be_a_new_member(chain: Chain) -> None:
    inviter, visitor, member = new_id(), new_id(), new_id()
    await befriend(chain, inviter, visitor)
    await heard(chain, joined(chain, member))
    await heard(chain, folded(chain, visitor, member))
    rows = await chain.world.rows("select inviter_id from referral.attribution where invitee_id = $1", member)
    assert [row["inviter_id"] for row in rows] == [inviter]
    assert (await standing(chain, inviter))["coupons"] == 1


async def test_an_inviters_codes_and_friends_follow_her_into_the_member(chain: Chain) -> None:
    visitor, member, early, late = new_id(), new_id(), new_id(), new_id()
    old_code = await invite(chain.shopper(visitor))
    await bring(chain, visitor, early)
    await heard(chain, folded(chain, visitor, member))
    assert (await accept(chain, late, old_code)).status_code == 200
    await heard(chain, joined(chain, late))
    assert (await standing(chain, member))["invitees"] == 2
    assert (await standing(chain, visitor))["invitees"] == 2
    answer = await chain.shopper(member).get(f"/referral/v1/inviters/{visitor}")
    assert answer.status_code == 200


async def test_a_code_made_in_the_very_moment_in_which_she_becomes_another_brings_friends_to_the_other(
    chain: Chain,
) -> None:
    visitor, member, friend = new_id(), new_id(), new_id()
    fold = Heard(new_id(), chain.world.clock.at, "", folded(chain, visitor, member))
    async with chain.world.suite.running["referral"].context.database.transaction() as tx:
        await take_members(tx, [fold])
        code = await invite(chain.shopper(visitor))
    assert (await accept(chain, friend, code)).status_code == 200
    await heard(chain, joined(chain, friend))
    assert (await standing(chain, member))["invitees"] == 1


async def test_of_two_inviters_of_one_person_the_members_own_stays(chain: Chain) -> None:
    first, second, visitor, member = new_id(), new_id(), new_id(), new_id()
    await bring(chain, first, visitor)
    await bring(chain, second, member)
    await heard(chain, folded(chain, visitor, member))
    assert await voided(chain) == {visitor: "second"}
    assert (await standing(chain, second))["invitees"] == 1


async def test_a_circle_that_a_fold_closes_is_cut_at_its_youngest_edge(chain: Chain) -> None:
    anna, berta, other_anna = new_id(), new_id(), new_id()
    await bring(chain, anna, berta)
    chain.world.clock.pass_by(days=1)
    await bring(chain, berta, other_anna)
    await heard(chain, folded(chain, other_anna, anna))
    assert await voided(chain) == {anna: "circle"}
    assert (await standing(chain, anna))["invitees"] == 1


async def test_another_shoppers_figures_are_not_found(chain: Chain) -> None:
    answer = await chain.shopper(new_id()).get(f"/referral/v1/inviters/{new_id()}")
    assert answer.status_code == 404


async def test_a_rule_of_three_levels_is_refused_with_the_reason(chain: Chain) -> None:
    answer = await rule(chain, depth=3)
    assert (answer.status_code, answer.json()["code"]) == (422, "referral.too_deep")
    assert "禁止传销条例" in answer.json()["detail"]
    assert (await chain.head_office().get("/referral/v1/reward-rule")).json()["version"] == 0
