"""Two people prove to be one: her coupons follow her, and she has one join coupon."""

from uuid import UUID

from services.campaign.fold import actions
from services.campaign.hold.jobs import expire_coupon_holds
from shared.events.event import Heard
from shared.ids import new_id
from shared.jobs import run_now
from tests.services.campaign.coupons import (
    counters,
    coupons_of,
    fold,
    hold,
    issue,
    join_coupons,
    must_agree,
    reward_of,
    start,
    using,
)
from tests.services.people import folded, grouped
from tests.world import MORNING, Chain


async def test_what_is_given_to_someone_after_she_became_another_is_the_others(chain: Chain) -> None:
    await start(chain, purpose="reward", most_per_person=100)
    stranger, guest, member = new_id(), new_id(), new_id()
    await chain.world.say(folded(chain, guest, member))
    await chain.world.say(folded(chain, stranger, guest))
    await chain.world.settled()
    await chain.world.say(reward_of(chain, stranger), reward_of(chain, guest), reward_of(chain, member))
    await chain.world.settled()
    coupons = (await chain.shopper(member).get(f"/campaign/v1/people/{member}/coupons")).json()
    assert [coupon["amount_fen"] for coupon in coupons] == [300, 300, 300]


async def test_whoever_was_folded_into_one_who_goes_on_later_goes_on_with_her(chain: Chain) -> None:
    await start(chain, purpose="reward", most_per_person=100)
    stranger, guest, member = new_id(), new_id(), new_id()
    for from_id, into_id in ((stranger, guest), (guest, member)):
        await chain.world.say(folded(chain, from_id, into_id))
        await chain.world.settled()
    await chain.world.say(reward_of(chain, stranger))
    await chain.world.settled()
    coupons = (await chain.shopper(member).get(f"/campaign/v1/people/{member}/coupons")).json()
    assert [coupon["amount_fen"] for coupon in coupons] == [300]


async def test_what_is_given_in_the_very_moment_in_which_she_becomes_another_follows_her(chain: Chain) -> None:
    await start(chain, purpose="reward", most_per_person=100)
    stranger, member = new_id(), new_id()
    fold = Heard(new_id(), MORNING, "", folded(chain, stranger, member))
    async with chain.world.suite.running["campaign"].context.database.transaction() as tx:
        await actions.fold_people(tx, [fold])
        await chain.world.say(reward_of(chain, stranger))
        await chain.world.listener_waits_or_is_done()
    await chain.world.settled()
    coupons = (await chain.shopper(member).get(f"/campaign/v1/people/{member}/coupons")).json()
    assert [coupon["amount_fen"] for coupon in coupons] == [300]


async def test_coupons_follow_their_person_and_the_second_join_coupon_goes(chain: Chain) -> None:
    await start(chain, purpose="join")
    stranger, member = new_id(), new_id()
    await chain.world.say(grouped(chain, stranger), grouped(chain, member))
    await chain.world.settled()
    await chain.world.say(folded(chain, stranger, member))
    await chain.world.settled()
    coupons = (await chain.shopper(member).get(f"/campaign/v1/people/{member}/coupons")).json()
    assert sorted(coupon["state"] for coupon in coupons) == ["issued", "withdrawn"]
    assert (await chain.shopper(stranger).get(f"/campaign/v1/people/{stranger}/coupons")).json() == []


async def test_two_who_are_one_and_used_both_join_coupons_had_one_too_many(chain: Chain) -> None:
    await start(chain, purpose="join")
    shop_id, people = new_id(), [new_id(), new_id()]
    for person_id in people:
        (coupon,) = await join_coupons(chain, person_id)
        await chain.world.say(using(chain, shop_id, (UUID(coupon["coupon_id"]), 500), sold_at=chain.world.clock.at))
    await chain.world.settled()
    await fold(chain, *people)
    assert [coupon["state"] for coupon in await coupons_of(chain, people[1])] == ["redeemed", "withdrawn"]
    now = await counters(chain)
    assert (now["redeemed"], now["redeemed_fen"], now["overruns"], now["overrun_fen"]) == (1, 500, 1, 500)
    overruns = (await chain.head_office().get(f"/campaign/v1/shops/{shop_id}/overruns")).json()["items"]
    assert [(one["reason"], one["discount_fen"]) for one in overruns] == [("withdrawn", 500)]
    await must_agree(chain)


async def test_two_who_are_one_and_hold_both_join_coupons_at_tills_hold_one(chain: Chain) -> None:
    await start(chain, purpose="join")
    people = [new_id(), new_id()]
    for person_id in people:
        (coupon,) = await join_coupons(chain, person_id)
        assert (await hold(chain.till(new_id()), UUID(coupon["coupon_id"]))).status_code == 201
    await fold(chain, *people)
    assert [coupon["state"] for coupon in await coupons_of(chain, people[1])] == ["held", "withdrawn"]
    assert (await counters(chain))["held"] == 1
    await must_agree(chain)
    chain.world.clock.pass_by(minutes=11)
    await run_now(chain.world.suite.running["campaign"].context, expire_coupon_holds)
    assert (await counters(chain))["held"] == 0
    await must_agree(chain)
    holds = await chain.world.rows("select state from campaign.coupon_hold where brand_id = $1", chain.brand_id)
    assert sorted(row["state"] for row in holds) == ["expired", "released"]


async def test_folds_that_come_together_leave_each_person_with_all_that_led_to_her(chain: Chain) -> None:
    await start(chain, purpose="join")
    await start(chain, "gift", purpose="list")
    stranger, guest, member, other, second = (new_id() for _ in range(5))
    for person_id in (stranger, guest, member, other):
        await chain.world.say(grouped(chain, person_id))
        chain.world.clock.pass_by(seconds=1)
    await issue(chain, stranger, guest, member, other, code="gift")
    await chain.world.settled()
    folds = [
        Heard(new_id(), MORNING, "", folded(chain, from_id, into_id))
        for from_id, into_id in ((stranger, guest), (other, second), (guest, member))
    ]
    async with chain.world.suite.running["campaign"].context.database.transaction() as tx:
        await actions.fold_people(tx, folds)
    hers = (await chain.shopper(member).get(f"/campaign/v1/people/{member}/coupons")).json()
    assert sorted((coupon["purpose"], coupon["state"]) for coupon in hers) == [
        *[("join", "issued"), ("join", "withdrawn"), ("join", "withdrawn")],
        *[("list", "issued")] * 3,
    ]
    others = (await chain.shopper(second).get(f"/campaign/v1/people/{second}/coupons")).json()
    assert sorted(coupon["purpose"] for coupon in others) == ["join", "list"]
    rows = await chain.world.rows(
        "select from_id, into_id from campaign.folded_person where from_id = any($1)", [stranger, guest, other]
    )
    assert {row["from_id"]: row["into_id"] for row in rows} == {stranger: member, guest: member, other: second}
