"""Who is whose contact: as WeCom answers, said each time it begins."""

from typing import Any

from shared.events.community import ContactAdded
from shared.events.member import PersonFolded
from shared.ids import new_id
from tests.services.community.wecom import Corp


async def added(corp: Corp) -> list[ContactAdded]:
    return await corp.chain.world.said(ContactAdded, corp.chain.brand_id)


async def contacts(corp: Corp) -> list[Any]:
    sql = "select * from community.contact where brand_id = $1 and removed_at is null"
    return await corp.chain.world.rows(sql, corp.chain.brand_id)


async def part(corp: Corp, number: int) -> None:
    await corp.corp("POST", "/contacts/part", userid="li", external_userid=f"wm{number}")


async def test_a_contact_is_said_with_the_shop_that_the_guide_stands_for(corp: Corp) -> None:
    await corp.befriend("li", 1)
    await corp.settled()
    (fact,) = await added(corp)
    assert (fact.person_id, fact.shop_id, fact.live_code_id) == (await corp.person(1), corp.shop_id, None)


async def test_a_contact_that_ended_and_began_again_is_said_again(corp: Corp) -> None:
    await corp.befriend("li", 1)
    await corp.settled()
    await part(corp, 1)
    await corp.settled()
    assert await contacts(corp) == []
    corp.chain.world.clock.pass_by(hours=1)
    await corp.befriend("li", 1)
    await corp.settled()
    assert [row["added_at"] for row in await contacts(corp)] == [corp.chain.world.clock.at]
    assert len(await added(corp)) == 2


async def test_whoever_was_gone_before_anybody_asked_was_a_contact_all_the_same(corp: Corp) -> None:
    await corp.befriend("li", 1)
    await part(corp, 1)
    await corp.settled()
    assert (len(await added(corp)), await contacts(corp)) == (1, [])


async def test_repeated_and_shuffled_callbacks_make_one_contact_of_each_guide_and_person(corp: Corp) -> None:
    await corp.control("PUT", "/weather", repeated_bp=10_000, disordered_bp=5000)
    await corp.hire("wang", corp.shop_id)
    for userid in ("li", "wang"):  # whoever looks for the second guide's contact sees the first one's again
        for number in range(10):
            await corp.befriend(userid, number)
        await corp.settled()
    assert (len(await added(corp)), len(await contacts(corp))) == (20, 20)


async def test_a_contact_is_the_members_who_she_proved_to_be(corp: Corp) -> None:
    await corp.befriend("li", 1)
    await corp.settled()
    into_id = new_id()
    fold = PersonFolded(brand_id=corp.chain.brand_id, from_id=await corp.person(1), into_id=into_id)
    await corp.chain.world.say(fold)
    await corp.settled()
    assert [row["person_id"] for row in await contacts(corp)] == [into_id]
