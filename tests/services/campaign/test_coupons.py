"""Coupons: issued once, held by one, redeemed by tickets, and every fen that was given is counted."""

import asyncio
from uuid import UUID

import pytest

from services.campaign.hold.jobs import expire_coupon_holds
from shared.events.campaign import CouponIssued, JoinOfferSaved
from shared.ids import new_id
from shared.jobs import run_now
from tests.services.campaign.coupons import (
    AMOUNT,
    counters,
    hold,
    issue,
    must_agree,
    one,
    reward_of,
    start,
    using,
)
from tests.services.people import grouped
from tests.services.tickets import returned
from tests.world import Chain


async def test_whoever_joins_first_gets_one_coupon_however_often_she_joins(chain: Chain) -> None:
    await start(chain, purpose="join")
    anna, berta = new_id(), new_id()
    await chain.world.say(
        grouped(chain, anna), grouped(chain, berta), grouped(chain, anna), grouped(chain, anna, False)
    )
    await chain.world.settled()
    await chain.world.say(grouped(chain, anna))
    await chain.world.settled()
    issued = await chain.world.said(CouponIssued, chain.brand_id)
    assert sorted(str(fact.person_id) for fact in issued) == sorted([str(anna), str(berta)])
    assert (await counters(chain))["issued"] == 2
    await must_agree(chain)


async def test_whoever_had_joined_before_the_campaign_gets_nothing_for_joining_again(chain: Chain) -> None:
    anna = new_id()
    await chain.world.say(grouped(chain, anna))
    await chain.world.settled()
    await start(chain, purpose="join")
    await chain.world.say(grouped(chain, anna, is_first=False))
    await chain.world.settled()
    assert await chain.world.said(CouponIssued, chain.brand_id) == []


async def test_when_the_join_budget_is_gone_the_offer_closes_and_who_went_without_is_recorded(chain: Chain) -> None:
    await start(chain, purpose="join", most_issued=2)
    people = [new_id() for _ in range(5)]
    await chain.world.say(*(grouped(chain, person) for person in people))
    await chain.world.settled()
    assert (await counters(chain))["issued"] == 2
    offers = await chain.world.said(JoinOfferSaved, chain.brand_id)
    assert [(offer.is_open, offer.version) for offer in offers] == [(True, 1), (False, 2)]
    refused = await chain.world.rows("select reason from campaign.refused_grant where brand_id = $1", chain.brand_id)
    assert [row["reason"] for row in refused] == ["campaign.none_left"] * 3


async def test_an_inviters_reward_is_issued_once_with_the_amount_she_earned(chain: Chain) -> None:
    await start(chain, purpose="reward", most_per_person=100)
    inviter_id = new_id()
    await chain.world.say(reward_of(chain, inviter_id))
    await chain.world.settled()
    coupons = (await chain.shopper(inviter_id).get(f"/campaign/v1/people/{inviter_id}/coupons")).json()
    assert [coupon["amount_fen"] for coupon in coupons] == [300]


async def test_of_two_hundred_tills_that_want_one_coupon_exactly_one_holds_it(chain: Chain) -> None:
    await start(chain)
    coupon_id = await one(chain)
    async with chain.world.second_process() as other:
        tills = [chain.till(new_id()) for _ in range(100)] + [
            Chain(other, chain.brand_id).till(new_id()) for _ in range(100)
        ]
        answers = await asyncio.gather(*(hold(till, coupon_id) for till in tills))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 199
    assert {answer.json().get("code") for answer in answers} == {None, "campaign.coupon_held"}
    assert (await counters(chain))["held"] == 1
    await must_agree(chain)


async def test_two_hundred_claims_through_two_processes_take_no_more_than_there_is(chain: Chain) -> None:
    await start(chain, purpose="claim", most_issued=50, most_per_person=1)
    people = [new_id() for _ in range(100)]
    async with chain.world.second_process() as other:
        shoppers = [
            (Chain(world, chain.brand_id).shopper(person)) for world in (chain.world, other) for person in people
        ]
        answers = await asyncio.gather(
            *(
                shopper.post("/campaign/v1/coupon-campaigns/c1:claim", headers={"Idempotency-Key": str(index)})
                for index, shopper in enumerate(shoppers)
            )
        )
    assert sum(answer.status_code == 200 for answer in answers) == 50
    rows = await chain.world.rows(
        "select person_id, count(*) as has from campaign.coupon where brand_id = $1 group by 1", chain.brand_id
    )
    assert (len(rows), {row["has"] for row in rows}) == (50, {1})
    assert (await counters(chain))["issued"] == 50


async def test_budgets_at_a_shop_and_in_all_hold_under_many_tills(chain: Chain) -> None:
    await start(chain, most_per_shop=3, most_discount_fen=4_000)
    people = [new_id() for _ in range(40)]
    coupons = [UUID(coupon_id) for coupon_id in (await issue(chain, *people)).values()]
    busy, *others = [new_id() for _ in range(3)]
    async with chain.world.second_process() as other:
        tills = [
            Chain(world, chain.brand_id).till(shop)
            for world in (chain.world, other)
            for shop in (busy, busy, busy, busy, *others)
        ]
        answers = await asyncio.gather(
            *(hold(tills[index % len(tills)], coupon_id) for index, coupon_id in enumerate(coupons))
        )
    assert sum(answer.status_code == 201 for answer in answers) == 8  # 8 × 500 fen are the 4,000
    per_shop = await chain.world.rows(
        "select shop_id, count(*) as holds from campaign.coupon_hold where brand_id = $1 group by 1", chain.brand_id
    )
    assert sorted(row["holds"] for row in per_shop) == [2, 3, 3]
    await must_agree(chain)


async def test_the_same_hold_id_again_is_the_same_hold_and_another_coupon_is_refused(chain: Chain) -> None:
    await start(chain)
    coupon_id, till = await one(chain), chain.till(new_id())
    hold_id = str(new_id())
    first = await hold(till, coupon_id, hold_id=hold_id)
    assert (await hold(till, coupon_id, hold_id=hold_id)).json() == first.json()
    answer = await hold(till, await one(chain), hold_id=hold_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "campaign.hold_differs")


async def test_a_held_coupon_is_redeemed_by_the_ticket_and_counted(chain: Chain) -> None:
    await start(chain)
    shop_id = new_id()
    coupon_id = await one(chain)
    assert (await hold(chain.till(shop_id), coupon_id)).json()["discount_fen"] == 500
    await chain.world.say(using(chain, shop_id, (coupon_id, 500)))
    await must_agree(chain)
    now = await counters(chain)
    assert (now["held"], now["redeemed"], now["redeemed_fen"], now["overruns"]) == (0, 1, 500, 0)


@pytest.mark.parametrize("wrong", ["used", "held_elsewhere", "not_good", "unknown", "over_budget"])
async def test_what_a_till_gave_without_a_promise_is_the_shops_overrun(chain: Chain, wrong: str) -> None:
    await start(chain, most_discount_fen=600)
    shop_id = new_id()
    coupon_id = await one(chain)
    match wrong:
        case "used":
            await chain.world.say(using(chain, new_id(), (coupon_id, 500)))
        case "held_elsewhere":
            await hold(chain.till(new_id()), coupon_id)
        case "not_good":
            chain.world.clock.pass_by(days=31)
        case "unknown":
            coupon_id = new_id()
        case "over_budget":
            await chain.world.say(using(chain, new_id(), (await one(chain), 500)))
    await chain.world.settled()
    late = using(chain, shop_id, (coupon_id, 444), sold_at=chain.world.clock.at)
    await chain.world.say(late)
    await chain.world.settled()
    overruns = (await chain.head_office().get(f"/campaign/v1/shops/{shop_id}/overruns")).json()["items"]
    assert [(item["reason"], item["discount_fen"], item["ticket_id"]) for item in overruns] == [
        (wrong, 444, str(late.ticket_id))
    ]
    await must_agree(chain)


async def test_discounts_given_are_discounts_counted(chain: Chain) -> None:
    await start(chain, most_discount_fen=5_000)
    people = [new_id() for _ in range(20)]
    coupons = [UUID(coupon_id) for coupon_id in (await issue(chain, *people)).values()]
    tickets = [using(chain, new_id(), (coupon_id, 300 + index)) for index, coupon_id in enumerate(coupons * 2)]
    await chain.world.say(*tickets)
    await must_agree(chain)
    now = await counters(chain)
    assert now["redeemed_fen"] + now["overrun_fen"] == sum(item.coupons[0].discount_fen for item in tickets)
    assert now["redeemed_fen"] <= 5_000


async def test_a_whole_return_gives_the_coupon_back_and_a_part_does_not(chain: Chain) -> None:
    await start(chain)
    shop_id = new_id()
    whole, part = await one(chain), await one(chain)
    first, second = using(chain, shop_id, (whole, 500)), using(chain, shop_id, (part, 500))
    await chain.world.say(first, second, returned(first, 0, 1_500), returned(second, 0, 700))
    await must_agree(chain)
    assert (await counters(chain))["redeemed"] == 1
    assert (await hold(chain.till(shop_id), whole)).status_code == 201
    assert (await hold(chain.till(shop_id), part)).json()["code"] == "campaign.coupon_used"


async def test_a_hold_that_ran_out_lets_the_coupon_go_and_a_late_ticket_is_still_honoured(chain: Chain) -> None:
    await start(chain)
    shop_id = new_id()
    coupon_id = await one(chain)
    await hold(chain.till(shop_id), coupon_id)
    chain.world.clock.pass_by(minutes=11)
    await run_now(chain.world.suite.running["campaign"].context, expire_coupon_holds)
    assert (await counters(chain))["held"] == 0
    await chain.world.say(using(chain, shop_id, (coupon_id, 500)))
    await must_agree(chain)
    assert (await counters(chain))["redeemed"] == 1


async def test_a_till_lets_a_coupon_go_and_another_takes_it(chain: Chain) -> None:
    await start(chain)
    coupon_id, till = await one(chain), chain.till(new_id())
    held = (await hold(till, coupon_id)).json()
    assert (await till.post(f"/campaign/v1/coupons/holds/{held['hold_id']}:release")).status_code == 200
    assert (await hold(chain.till(new_id()), coupon_id)).status_code == 201
    await must_agree(chain)


async def test_a_coupon_that_takes_nothing_off_is_refused_with_the_reason(chain: Chain) -> None:
    await start(chain, kind="threshold", threshold_fen=3_000)
    answer = await hold(chain.till(new_id()), await one(chain), 2_999)
    assert (answer.status_code, answer.json()["code"], answer.json()["threshold_fen"]) == (
        409,
        "campaign.does_not_apply",
        3_000,
    )


async def test_a_basket_names_goods_without_control_characters(chain: Chain) -> None:
    await start(chain)
    lines = [{"sku": "a\x00b", "amount_fen": 2_000}]
    answer = await hold(chain.till(new_id()), await one(chain), lines=lines)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.lines.0.sku")


async def test_a_started_campaign_never_changes(chain: Chain) -> None:
    await start(chain)
    answer = await chain.head_office().put(
        "/campaign/v1/coupon-campaigns/c1", json=AMOUNT | {"purpose": "list", "amount_fen": 501}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "campaign.started")


async def test_a_coupons_story_is_told_with_what_caused_each_step(chain: Chain) -> None:
    await start(chain)
    shop_id = new_id()
    coupon_id = await one(chain)
    await hold(chain.till(shop_id), coupon_id)
    ticket = using(chain, shop_id, (coupon_id, 480))
    await chain.world.say(ticket)
    await chain.world.settled()
    told = (
        await chain.head_office().get(f"/campaign/v1/explain/{coupon_id}", headers={"Accept-Language": "en"})
    ).json()
    assert [step["step"] for step in told["story"]] == ["issue", "hold", "redeem"]
    assert str(ticket.ticket_id) in told["story"][-1]["words"]
