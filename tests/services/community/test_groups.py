"""Membership is what it is in WeCom, whatever becomes of the callbacks; each first join is said once."""

import asyncio
import random
from uuid import UUID

from services.community.group.jobs import sweep_groups
from shared.auth.caller import Role
from shared.events.member import PersonFolded
from shared.ids import new_id
from shared.jobs import run_now
from tests.services.community.wecom import Corp
from tests.services.outside import SECRET, person
from tests.services.tickets import shop_saved


async def test_whoever_joins_a_group_is_said_to_have_joined_for_the_first_time(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    (joined,) = await corp.joined()
    assert (joined.shop_id, joined.is_first, joined.person_id) == (corp.shop_id, True, await corp.person(1))
    assert joined.joined_at == corp.chain.world.clock.at
    assert await corp.stored() == {chat_id: {corp.lookup(1)}}


async def test_leaving_and_joining_again_or_joining_another_group_is_no_first_join(corp: Corp) -> None:
    one, other = await corp.open_group(), await corp.open_group()
    await corp.invite(one, 1)
    await corp.settled()
    corp.chain.world.clock.pass_by(hours=1)
    await corp.quit(one, 1)
    await corp.settled()
    assert await corp.stored() == {}
    corp.chain.world.clock.pass_by(hours=1)
    await corp.invite(one, 1)
    await corp.invite(other, 1)
    await corp.settled()
    assert [fact.is_first for fact in await corp.joined()] == [True, False, False]
    assert await corp.stored() == await corp.truth()


async def test_whoever_came_and_went_before_anybody_looked_did_join_once(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    corp.chain.world.clock.pass_by(minutes=1)
    await corp.quit(chat_id, 1)
    await corp.settled()
    assert [fact.is_first for fact in await corp.joined()] == [True]
    assert await corp.stored() == {}


async def test_a_removal_that_fits_the_stored_version_is_followed_without_asking_wecom(corp: Corp) -> None:
    chat_id = await corp.open_group()
    for number in (1, 2):
        await corp.invite(chat_id, number)
    await corp.settled()
    await corp.control("PUT", f"/corps/{corp.corp_id}", secret="another")  # whoever asks now is refused
    await corp.control("POST", "/tokens/expire")
    await corp.quit(chat_id, 1)
    await corp.settled()
    await corp.control("PUT", f"/corps/{corp.corp_id}", secret=SECRET)
    rows = await corp.chain.world.rows("select member_version from community.wecom_group where chat_id = $1", chat_id)
    state = await corp.control("GET", "/state")
    assert rows[0][0] == state["corps"][corp.corp_id]["groups"][chat_id]["member_version"]
    assert await corp.stored() == {chat_id: {corp.lookup(2)}}


async def test_a_detail_that_a_callback_left_behind_is_asked_for_again(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.settled()
    await corp.control("PUT", "/weather", lagging_bp=10_000)
    await corp.invite(chat_id, 1)
    await corp.settled()
    assert await corp.stored() == {chat_id: {corp.lookup(1)}}


async def test_membership_is_true_after_a_sweep_though_callbacks_were_lost_repeated_and_shuffled(corp: Corp) -> None:
    bad = {"lost_bp": 1000, "repeated_bp": 2000, "disordered_bp": 5000, "lagging_bp": 2000}
    await corp.control("PUT", "/weather", **bad)
    chats = [await corp.open_group() for _ in range(3)]
    chance = random.Random(corp.corp_id)
    inside: set[tuple[str, int]] = set()
    for _ in range(150):
        corp.chain.world.clock.pass_by(minutes=1)
        pair = (chance.choice(chats), chance.randrange(40))
        await (corp.quit(*pair) if pair in inside else corp.invite(*pair))
        inside ^= {pair}
    await corp.settled()
    for _ in range(4):  # the emulator shows what was before up to three times
        await corp.chain.world.rows("update community.corp set swept_at = null where corp_id = $1", corp.corp_id)
        await run_now(corp.context, sweep_groups)
        await corp.settled()
    assert await corp.stored() == await corp.truth()
    firsts = await corp.firsts()
    present = {await corp.person(number) for _, number in inside}
    joiners = {await corp.person(number) for number in range(40)}
    assert set(firsts.values()) == {1}
    assert present <= set(firsts) <= joiners


async def test_two_who_look_at_the_same_time_store_each_join_once(corp: Corp) -> None:
    chat_id = await corp.open_group()
    for number in range(10):
        await corp.invite(chat_id, number)
    await asyncio.gather(*(corp.sync() for _ in range(5)), *(corp.settled() for _ in range(5)))
    assert set((await corp.firsts()).values()) == {1}
    assert len(await corp.joined()) == 10


async def test_a_person_joins_as_the_member_she_proved_to_be(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    from_id, into_id = await corp.person(1), new_id()
    await corp.chain.world.say(PersonFolded(brand_id=corp.chain.brand_id, from_id=from_id, into_id=into_id))
    await corp.settled()
    members = await _members(corp)
    assert [one["person_id"] for one in members] == [str(into_id)]
    # Member still answers the old id in this test; who was just resolved arrives at the right person all the same.
    other = await corp.open_group()
    await corp.invite(other, 1)
    await corp.settled()
    assert [(fact.person_id, fact.is_first) for fact in await corp.joined()] == [(from_id, True), (into_id, False)]


async def test_of_two_first_joins_of_one_person_the_earlier_stays(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    corp.chain.world.clock.pass_by(hours=1)
    await corp.invite(chat_id, 2)
    await corp.settled()
    earlier = (await corp.joined())[0]
    one, two = await corp.person(1), await corp.person(2)
    await corp.chain.world.say(PersonFolded(brand_id=corp.chain.brand_id, from_id=one, into_id=two))
    await corp.settled()
    rows = await corp.chain.world.rows("select * from community.first_join where brand_id = $1", corp.chain.brand_id)
    assert [(row["person_id"], row["membership_id"]) for row in rows] == [(two, earlier.membership_id)]


async def test_folds_that_lead_into_each_other_arrive_at_the_last_one_in_whatever_order(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    first, second, third = await corp.person(1), new_id(), new_id()
    for pair in ((second, third), (first, second)):
        await corp.chain.world.say(PersonFolded(brand_id=corp.chain.brand_id, from_id=pair[0], into_id=pair[1]))
        await corp.settled()
    assert [one["person_id"] for one in await _members(corp)] == [str(third)]


async def test_a_group_counts_from_the_day_its_owner_stands_for_a_shop(corp: Corp) -> None:
    await corp.hire("wang", None)
    chat_id = await corp.open_group("wang")
    await corp.corp("POST", f"/groups/{chat_id}/invite", inviter="wang", person=person(1))
    await corp.settled()
    assert await corp.joined() == []
    shop = shop_saved(corp.chain, code="HZ002")
    await corp.chain.world.say(shop)
    await corp.settled()
    await corp.map_staff("wang", shop.shop_id)
    await corp.settled()
    assert [(fact.shop_id, fact.is_first) for fact in await corp.joined()] == [(shop.shop_id, True)]


async def test_nobody_is_left_in_a_group_that_was_dismissed(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    await corp.corp("DELETE", f"/groups/{chat_id}")
    await corp.settled()
    assert await corp.stored() == {}
    page = (await corp.chain.head_office().get("/community/v1/groups")).json()["items"]
    assert [(one["members_count"], one["dismissed_at"] is not None) for one in page] == [(0, True)]


async def test_an_expired_access_token_is_replaced_and_nobody_notices(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.settled()
    await corp.control("POST", "/tokens/expire")
    await corp.invite(chat_id, 1)
    await corp.settled()
    assert await corp.stored() == {chat_id: {corp.lookup(1)}}


async def test_a_manager_sees_the_groups_of_the_own_shop_alone(corp: Corp) -> None:
    await corp.open_group()
    await corp.settled()
    own = corp.chain.staff(Role.STORE_MANAGER, shops=frozenset({corp.shop_id}))
    other = corp.chain.staff(Role.STORE_MANAGER, shops=frozenset({new_id()}))
    pages = [(await client.get("/community/v1/groups")).json()["items"] for client in (own, other)]
    assert [len(page) for page in pages] == [1, 0]
    path = f"/community/v1/groups/{pages[0][0]['group_id']}/members"
    assert [(await client.get(path)).status_code for client in (own, other)] == [200, 404]


async def test_a_membership_is_explained_by_the_callback_that_told_of_it(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.invite(chat_id, 1)
    await corp.settled()
    (joined,) = await corp.joined()
    answer = await corp.chain.head_office().get(
        f"/community/v1/explain/{joined.membership_id}", headers={"Accept-Language": "en"}
    )
    told = answer.json()
    rows = await corp.chain.world.rows("select digest from community.callback where brand_id = $1", corp.chain.brand_id)
    assert told["because"][0] in {row["digest"].hex() for row in rows}
    assert told["words"].startswith("Her first group")
    assert UUID(told["person_id"]) == joined.person_id


async def _members(corp: Corp) -> list[dict[str, object]]:
    office = corp.chain.head_office()
    found: list[dict[str, object]] = []
    for group in (await office.get("/community/v1/groups")).json()["items"]:
        found += (await office.get(f"/community/v1/groups/{group['group_id']}/members")).json()["items"]
    return found
