"""What the till is told to say to whom, and how often."""

import asyncio
from typing import Any

import httpx
from structlog.testing import capture_logs

from shared.events.campaign import JoinOfferSaved
from shared.ids import new_id
from tests.services.community.wecom import SETTLE_LIMIT_S, Corp
from tests.services.member.callers import join
from tests.services.outside import person

CARD = "8800000001"
SHOWN = {"kind": "card", "value": CARD}


async def at_work(corp: Corp, *, discount_fen: int = 500) -> httpx.AsyncClient:
    """A till of a shop with a group and a code into it, where joining is worth a coupon."""
    offer = JoinOfferSaved(brand_id=corp.chain.brand_id, discount_fen=discount_fen, is_open=True, version=1)
    await corp.chain.world.say(offer)
    await corp.open_group()
    await corp.settled()
    assert (await corp.put_code()).status_code == 200
    await corp.settled()
    return corp.chain.till(corp.shop_id)


async def asked(till: httpx.AsyncClient, member: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await till.post("/community/v1/prompts", json={"member": member} if member else {})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def noted(corp: Corp, times: int) -> None:
    """Wait until so many prompts were noted."""
    async with asyncio.timeout(SETTLE_LIMIT_S):
        while await _times(corp) < times:
            await asyncio.sleep(0.01)


async def _times(corp: Corp) -> int:
    sql = "select coalesce(sum(times), 0)::int from community.prompt where brand_id = $1"
    return int((await corp.chain.world.rows(sql, corp.chain.brand_id))[0][0])


async def _until_something_is(told: list[Any]) -> None:
    async with asyncio.timeout(SETTLE_LIMIT_S):
        while not told:
            await asyncio.sleep(0.01)


async def test_whoever_shows_nothing_is_offered_membership_and_the_coupon(corp: Corp) -> None:
    till = await at_work(corp)
    told = await asked(till)
    code = await corp.read_code()
    assert (told["decision"], told["offer_fen"], told["person"]) == ("become_member", 500, None)
    assert told["hand_over"] == {"live_code": "till", "qr_url": code["qr_code"]}
    assert "5 元优惠券" in told["say"]


async def test_an_unknown_card_is_offered_membership_in_the_cashiers_language_and_masked(corp: Corp) -> None:
    till = await at_work(corp)
    shown = {"member": {"kind": "mobile", "value": "13800001234"}}
    answer = await till.post("/community/v1/prompts", json=shown, headers={"Accept-Language": "en"})
    told = answer.json()
    assert told["decision"] == "become_member"
    assert told["say"].endswith("a coupon of 5 yuan is yours at once.")
    assert told["person"] == {"masked": "138****1234", "is_member": False}


async def test_a_member_outside_the_group_is_asked_once_and_then_left_alone_for_three_days(corp: Corp) -> None:
    till = await at_work(corp)
    await join(till, card=CARD)
    await corp.settled()
    assert (await asked(till, SHOWN))["decision"] == "join_group"
    await noted(corp, 1)
    assert (await asked(till, SHOWN))["decision"] == "nothing"
    corp.chain.world.clock.pass_by(days=2, hours=23)
    assert (await asked(till, SHOWN))["hand_over"] is None
    corp.chain.world.clock.pass_by(hours=1)
    assert (await asked(till, SHOWN))["decision"] == "join_group"
    await noted(corp, 2)


async def test_a_member_in_the_group_is_told_nothing_and_elsewhere_promised_no_second_coupon(corp: Corp) -> None:
    till = await at_work(corp)
    member_id = (await join(till, card=CARD))["member_id"]
    bound = {"kind": "unionid", "value": person(1)["unionid"]}
    answer = await corp.chain.service("community").post(f"/member/v1/members/{member_id}/identities", json=bound)
    assert answer.status_code == 200, answer.text
    await corp.scan((await corp.read_code())["qr_code"], 1)
    await corp.settled()
    assert str((await corp.joined())[0].person_id) == member_id
    assert (await asked(till, SHOWN))["decision"] == "nothing"
    rows = await corp.chain.world.rows("select group_id from community.wecom_group where shop_id = $1", corp.shop_id)
    await corp.chain.world.rows(
        "update community.wecom_group set shop_id = $2 where group_id = $1", rows[0]["group_id"], new_id()
    )
    told = await asked(till, SHOWN)
    assert (told["decision"], told["offer_fen"]) == ("join_group", 0)
    assert "元" not in told["say"]
    await noted(corp, 1)


async def test_a_shop_without_a_group_offers_its_guide_to_whoever_is_no_contact_yet(corp: Corp) -> None:
    till = corp.chain.till(corp.shop_id)
    await join(till, card=CARD)
    assert (await corp.put_code(leads_to="staff")).status_code == 200
    await corp.settled()
    assert (await asked(till, SHOWN))["decision"] == "add_contact"
    await noted(corp, 1)


async def test_a_shop_without_any_code_says_nothing(corp: Corp) -> None:
    told = await asked(corp.chain.till(corp.shop_id))
    assert (told["decision"], told["say"], told["hand_over"]) == ("nothing", None, None)


async def test_prompts_of_many_tills_at_once_are_answered_each_with_its_own(corp: Corp) -> None:
    await at_work(corp)
    own = [corp.chain.till(corp.shop_id) for _ in range(20)]
    other = [corp.chain.till(new_id()) for _ in range(20)]
    answers = await asyncio.gather(*(asked(till) for pair in zip(own, other, strict=True) for till in pair))
    assert [told["decision"] for told in answers] == ["become_member", "nothing"] * 20


async def test_a_note_that_fails_takes_no_answer_with_it_and_is_told_in_the_log(corp: Corp) -> None:
    till = await at_work(corp)
    await join(till, card=CARD)
    await corp.settled()
    await corp.chain.world.rows("alter table community.prompt add constraint nothing_noted check (times = 0) not valid")
    try:
        with capture_logs() as told:
            assert (await asked(till, SHOWN))["decision"] == "join_group"
            await _until_something_is(told)
    finally:
        await corp.chain.world.rows("alter table community.prompt drop constraint nothing_noted")
    assert [(line["event"], line["error"]) for line in told] == [("prompts were not noted", "CheckViolationError")]
    assert (await asked(till, SHOWN))["decision"] == "join_group"
    await noted(corp, 1)


async def test_a_till_that_tries_out_numbers_is_slowed_down(corp: Corp) -> None:
    till = corp.chain.till(corp.shop_id)
    numbers = ({"kind": "mobile", "value": f"1380000{number:04}"} for number in range(100))
    answers = [await till.post("/community/v1/prompts", json={"member": member}) for member in numbers]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["code"] == "rate_limited"
    assert [answer.status_code for answer in answers[:60]] == [200] * 60


async def test_an_unreadable_question_is_refused(corp: Corp) -> None:
    till = corp.chain.till(corp.shop_id)
    for body in ({"member": {"kind": "openid", "value": "1"}}, {"who": 1}, {"member": {"kind": "card", "value": "\0"}}):
        answer = await till.post("/community/v1/prompts", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
