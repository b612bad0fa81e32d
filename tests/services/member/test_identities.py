"""Joining, binding, resolving: one person, many identities, and nobody loses herself."""

import asyncio
from uuid import UUID

import pytest

from shared.auth.caller import Role
from shared.events.community import ContactAdded, MembershipJoined
from shared.events.member import IdentityBound, MemberJoined, OwnerAssigned, PersonFolded
from shared.ids import new_id
from tests.services.member.callers import SMS, join
from tests.world import MORNING, Chain

pytestmark = pytest.mark.asyncio


async def resolve(chain: Chain, *entries: dict[str, str]) -> list[dict[str, object]]:
    body = {"people": [{"identities": [{"kind": k, "value": v} for k, v in entry.items()]} for entry in entries]}
    answer = await chain.service("community").post("/member/v1/identities:resolve", json=body)
    assert answer.status_code == 200, answer.text
    answers: list[dict[str, object]] = answer.json()["people"]
    return answers


async def test_joining_again_and_again_makes_one_member_with_one_answer(chain: Chain) -> None:
    shop_id = new_id()
    till = chain.till(shop_id)
    body = {"card": "8800000001", "mobile": "13800001234", "verification": SMS}
    answers = await asyncio.gather(*(join(till, **body) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["owner_shop_id"] == str(shop_id)
    assert (answers[0]["tier"], answers[0]["points"]) == ("银卡", 0)
    assert len(answers[0]["member_code"]) == 16
    assert {(one["kind"], one["masked"]) for one in answers[0]["identities"]} >= {
        ("mobile", "138****1234"),
        ("card", "88****0001"),
    }
    (joined,) = await chain.world.said(MemberJoined, chain.brand_id)
    (owner,) = await chain.world.said(OwnerAssigned, chain.brand_id)
    bound = await chain.world.said(IdentityBound, chain.brand_id)
    assert (owner.member_id, owner.shop_id) == (joined.member_id, shop_id)
    assert sorted(fact.kind for fact in bound) == ["card", "code", "mobile"]
    assert {(fact.person_id, fact.is_member) for fact in bound} == {(joined.member_id, True)}


async def test_nobody_joins_at_a_till_without_anything_to_be_known_by(chain: Chain) -> None:
    answer = await chain.till(new_id()).post("/member/v1/members", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "member.nothing_shown")


async def test_a_mobile_number_without_its_verification_is_refused(chain: Chain) -> None:
    answer = await chain.till(new_id()).post("/member/v1/members", json={"mobile": "13800001234"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable")


async def test_a_shopper_joins_as_herself_and_her_earlier_identities_are_said_again(chain: Chain) -> None:
    (known,) = await resolve(chain, {"unionid": "u1", "openid": "o1"})
    person_id = UUID(str(known["person_id"]))
    joined = await join(chain.shopper(person_id), mobile="13800001234", verification={"kind": "wechat_phone"})
    assert joined["member_id"] == str(person_id)
    bound = await chain.world.said(IdentityBound, chain.brand_id)
    assert sorted(fact.kind for fact in bound if fact.is_member) == ["code", "mobile", "openid", "unionid"]
    assert sorted(fact.kind for fact in bound if not fact.is_member) == ["openid", "unionid"]


async def test_a_shopper_who_claims_another_members_card_or_number_gets_nothing(chain: Chain) -> None:
    await join(chain.till(new_id()), card="8800000001", mobile="13800001234", verification=SMS)
    (known,) = await resolve(chain, {"unionid": "u1"})
    shopper = chain.shopper(UUID(str(known["person_id"])))
    for body in ({"card": "8800000001"}, {"mobile": "13800001234", "verification": SMS}):
        answer = await shopper.post("/member/v1/members", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "member.identity_taken")
    assert len(await chain.world.said(MemberJoined, chain.brand_id)) == 1
    assert await chain.world.said(PersonFolded, chain.brand_id) == []


async def test_whoever_is_known_by_outside_identities_alone_folds_into_the_member_who_proves_one(chain: Chain) -> None:
    till = chain.till(new_id())
    member = await join(till, card="8800000001")
    (outside,) = await resolve(chain, {"unionid": "u1", "external_userid": "w1"})
    answer = await till.post(
        f"/member/v1/members/{member['member_id']}/identities", json={"kind": "unionid", "value": "u1"}
    )
    assert answer.status_code == 200
    (folded,) = await chain.world.said(PersonFolded, chain.brand_id)
    assert (str(folded.from_id), str(folded.into_id)) == (outside["person_id"], member["member_id"])
    (now,) = await resolve(chain, {"external_userid": "w1"})
    assert (now["person_id"], now["is_member"]) == (member["member_id"], True)
    read = await chain.head_office().get(f"/member/v1/members/{outside['person_id']}")
    assert read.json()["member_id"] == member["member_id"]


async def test_a_card_never_moves_from_one_member_to_another(chain: Chain) -> None:
    till = chain.till(new_id())
    await join(till, card="8800000001")
    other = await join(till, card="8800000002")
    answer = await till.post(
        f"/member/v1/members/{other['member_id']}/identities", json={"kind": "card", "value": "8800000001"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "member.identity_taken")


async def test_a_recycled_number_goes_to_the_verified_person_and_leaves_the_one_who_had_it(chain: Chain) -> None:
    till = chain.till(new_id())
    before = await join(till, card="8800000001", mobile="13800001234", verification=SMS)
    after = await join(till, card="8800000002")
    path = f"/member/v1/members/{after['member_id']}/identities"
    body = {"kind": "mobile", "value": "13800001234", "verification": SMS}
    assert [(await till.post(path, json=body)).status_code for _ in range(2)] == [200, 200]
    found = await chain.head_office().post("/member/v1/members:find", json={"kind": "mobile", "value": "13800001234"})
    assert found.json()["member_id"] == after["member_id"]
    still = await chain.head_office().get(f"/member/v1/members/{before['member_id']}")
    assert "mobile" not in {one["kind"] for one in still.json()["identities"]}
    history = await chain.world.rows(
        "select from_id, to_id from member.identity_history where to_id = $1", UUID(after["member_id"])
    )
    assert [(str(row["from_id"]), str(row["to_id"])) for row in history] == [(before["member_id"], after["member_id"])]


async def test_many_who_resolve_the_same_stranger_at_once_get_one_person(chain: Chain) -> None:
    entries = [{"unionid": "u1"}, {"unionid": "u1", "openid": "o1"}]
    answers = await asyncio.gather(*(resolve(chain, entries[number % 2]) for number in range(30)))
    assert len({answer[0]["person_id"] for answer in answers}) == 1
    assert len(await chain.world.said(IdentityBound, chain.brand_id)) == 2


async def test_two_strangers_who_prove_to_be_one_fold_into_the_older(chain: Chain) -> None:
    older, newer = await resolve(chain, {"external_userid": "w1"}, {"unionid": "u1"})
    (both,) = await resolve(chain, {"unionid": "u1", "external_userid": "w1"})
    assert both["person_id"] == older["person_id"]
    (folded,) = await chain.world.said(PersonFolded, chain.brand_id)
    assert (str(folded.from_id), str(folded.into_id)) == (newer["person_id"], older["person_id"])


async def test_entries_of_one_post_that_meet_later_in_it_answer_whom_they_came_to(chain: Chain) -> None:
    first, second, both = await resolve(chain, {"openid": "o1"}, {"unionid": "u1"}, {"openid": "o1", "unionid": "u1"})
    assert first == second == both


async def test_identities_of_two_members_lead_to_the_one_by_unionid_and_are_flagged(chain: Chain) -> None:
    till = chain.till(new_id())
    ids = []
    for card, kind, value in (("8800000001", "external_userid", "w1"), ("8800000002", "unionid", "u1")):
        member = await join(till, card=card)
        await till.post(f"/member/v1/members/{member['member_id']}/identities", json={"kind": kind, "value": value})
        ids.append(member["member_id"])
    (answer,) = await resolve(chain, {"external_userid": "w1", "unionid": "u1"})
    assert (answer["person_id"], answer["flags"]) == (ids[1], ["two_members"])


async def test_an_import_answers_row_by_row_and_again_with_the_same(chain: Chain) -> None:
    rows = [
        {"card": f"88{number:08}", "mobile": f"138{number:08}", "joined_at": "2020-05-01T00:00:00Z"}
        for number in range(500)
    ]
    rows.append({"card": "8800000000", "joined_at": "2020-05-02T00:00:00Z"})
    rows.append({"joined_at": "2020-05-03T00:00:00Z"})
    office = chain.head_office()
    first, again = [
        (await office.post("/member/v1/members:import", json={"members": rows})).json()["answers"] for _ in range(2)
    ]
    assert first == again
    assert [answer["status"] for answer in first] == [201] * 501 + [422]
    assert first[500]["member_id"] == first[0]["member_id"]
    assert len({answer["member_code"] for answer in first[:500]}) == 500
    assert len(await chain.world.said(MemberJoined, chain.brand_id)) == 500


async def test_a_number_that_moves_within_one_import_is_the_last_ones(chain: Chain) -> None:
    card = await join(chain.till(new_id()), card="8800000002")
    rows = [
        {"mobile": "13800001234", "joined_at": "2020-05-01T00:00:00Z"},
        {"mobile": "13800001234", "card": "8800000002", "joined_at": "2020-05-01T00:00:00Z"},
    ]
    answer = await chain.head_office().post("/member/v1/members:import", json={"members": rows})
    first, second = [one["member_id"] for one in answer.json()["answers"]]
    assert first != second == card["member_id"]
    found = await chain.head_office().post("/member/v1/members:find", json={"kind": "mobile", "value": "13800001234"})
    assert found.json()["member_id"] == second


async def test_the_first_shop_she_met_owns_her_and_none_after_it(chain: Chain) -> None:
    (stranger,) = await resolve(chain, {"unionid": "u1"})
    person_id, shop_id, guide_id = UUID(str(stranger["person_id"])), new_id(), new_id()
    contact = ContactAdded(
        brand_id=chain.brand_id, person_id=person_id, shop_id=shop_id, guide_id=guide_id, live_code_id=None,
        added_at=MORNING,
    )  # fmt: skip
    await chain.world.say(contact)
    await chain.world.settled()
    await chain.world.say(
        MembershipJoined(
            brand_id=chain.brand_id, membership_id=new_id(), group_id=new_id(), shop_id=new_id(),
            person_id=person_id, live_code_id=None, is_first=True, joined_at=MORNING,
        )
    )  # fmt: skip
    await chain.world.settled()
    joined = await join(chain.shopper(person_id))
    assert (joined["owner_shop_id"], joined["owner_guide_id"]) == (str(shop_id), str(guide_id))
    (owner,) = await chain.world.said(OwnerAssigned, chain.brand_id)
    assert (owner.member_id, owner.shop_id) == (person_id, shop_id)


async def test_a_member_whom_nobody_owned_is_owned_by_whom_she_meets_first(chain: Chain) -> None:
    joined = await join(chain.head_office(), card="8800000001")
    assert joined["owner_shop_id"] is None
    person_id, shop_id = UUID(joined["member_id"]), new_id()
    await chain.world.say(
        ContactAdded(
            brand_id=chain.brand_id, person_id=person_id, shop_id=shop_id, guide_id=None, live_code_id=None,
            added_at=MORNING,
        )
    )  # fmt: skip
    await chain.world.settled()
    (owner,) = await chain.world.said(OwnerAssigned, chain.brand_id)
    assert (owner.member_id, owner.shop_id) == (person_id, shop_id)


async def test_another_brands_and_another_shoppers_members_are_not_there(chain: Chain) -> None:
    member = await join(chain.till(new_id()), card="8800000001")
    path = f"/member/v1/members/{member['member_id']}"
    stranger = Chain(chain.world)
    callers = [stranger.head_office(), chain.shopper(new_id()), chain.staff(Role.GUIDE)]
    assert [(await caller.get(path)).status_code for caller in callers] == [404, 404, 200]
    find = {"kind": "card", "value": "8800000001"}
    assert (await stranger.head_office().post("/member/v1/members:find", json=find)).status_code == 404


async def test_no_event_and_no_answer_to_staff_tells_a_number_or_a_card(chain: Chain) -> None:
    await join(chain.till(new_id()), card="8800000001", mobile="13800001234", verification=SMS)
    told = await chain.head_office().post("/member/v1/members:find", json={"kind": "card", "value": "8800000001"})
    bodies = [row["body"].decode() for row in await chain.world.rows("select body from member.log")]
    assert bodies
    assert not [text for text in (told.text, *bodies) if "13800001234" in text or "8800000001" in text]
    assert told.json()["member_code"] is None
