"""Why is it so? `siyu explain` walks from service to service, through public doors alone, back to what caused it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from deploy.suite.explain import Explaining, Told, Unexplained, What, explain, read_credential
from shared.ids import new_id
from tests.journeys.test_ticket_walk import Walk, begun, line, must, original, ticket
from tests.services.community.wecom import Corp
from tests.services.directory.organisation import opened
from tests.services.outside import person
from tests.world import World

CARD = {"kind": "card", "value": "8800000777"}


@pytest_asyncio.fixture
async def corp(world: World, emulator: httpx.AsyncClient) -> AsyncIterator[Corp]:
    """A brand with a shop that directory knows, and its corp in WeCom."""
    organisation = await opened(world)
    shop = await organisation.shop()
    await world.settled()
    corp = Corp(organisation.chain, emulator, UUID(shop["shop_id"]))
    await corp.found()
    yield corp
    await corp.settled()


def sentences(told: Told, depth: int = 0) -> Iterator[tuple[int, str]]:
    """The tree, line by line, each with how far down it stands."""
    yield depth, told.words
    for cause in told.because:
        yield from sentences(cause, depth + 1)


async def told(client: httpx.AsyncClient, what: What, asked_id: str) -> list[tuple[int, str]]:
    """What head office is told, in English."""
    client.headers["accept-language"] = "en"
    return list(sentences(await Explaining(client, "en").ask(what, asked_id)))


async def joined_by_scan(corp: Corp) -> tuple[httpx.AsyncClient, str]:
    """A member is prompted at a till and scans the live code; answers the till and her coupon."""
    office, world = corp.chain.head_office(), corp.chain.world
    campaign = "/campaign/v1/coupon-campaigns/welcome"
    must(await office.put(campaign, json={"kind": "amount", "purpose": "join", "amount_fen": 500, "valid_days": 30}))
    must(await office.post(f"{campaign}:start"))
    till = corp.chain.till(corp.shop_id)
    known = {"people": [{"identities": [{"kind": "external_userid", "value": person(1)["external_userid"]}]}]}
    service = corp.chain.service("community")
    person_id = must(await service.post("/member/v1/identities:resolve", json=known))["people"][0]["person_id"]
    shopper = corp.chain.shopper(UUID(person_id))
    must(await shopper.post("/member/v1/members", json={}))
    must(await office.post(f"/member/v1/members/{person_id}/identities", json=CARD))
    await corp.open_group()
    await corp.settled()
    must(await corp.put_code("door"))
    await corp.settled()
    prompt = must(await till.post("/community/v1/prompts", json={"member": CARD}))
    assert prompt["decision"] == "join_group"
    world.clock.pass_by(minutes=1)
    await corp.scan(prompt["hand_over"]["qr_url"], 1)
    await corp.settled()
    (coupon,) = must(await shopper.get(f"/campaign/v1/people/{person_id}/coupons"))
    return till, coupon["coupon_id"]


async def test_a_coupon_is_walked_back_to_the_prompt_and_the_scan_and_on_to_its_ticket(corp: Corp) -> None:
    till, coupon_id = await joined_by_scan(corp)
    bread = line("bread", 1, 9_999)
    discounts = [{"kind": "coupon", "amount_fen": 500, "coupon_id": coupon_id}]
    sale = ticket("000042", "sale", bread, total_fen=9_499, member=CARD, discounts=discounts)
    must(await till.post("/trade/v1/tickets", json=sale))
    await corp.chain.world.settled()
    lines = await told(corp.chain.head_office(), What.COUPON, coupon_id)
    assert [depth for depth, _ in lines] == [0, 1, 2, 3, 3, 3, 1, 2, 3]
    said = [words for _, words in lines]
    assert "campaign “welcome”" in said[0]
    assert said[1].endswith("given for joining a group for the first time")
    assert "joined the group “四季” of HZ001 湖滨店" in said[2]
    assert said[3] == "She scanned live code door, which is shown at: till"
    assert said[4] == "2026-11-24 10:00  a till had been told to invite her"
    assert said[5].startswith("WeCom told so, by callback ")
    assert "redeemed it for 500 fen" in said[6]
    assert said[7].startswith(
        "A sale, number 000042: HZ001 湖滨店, till T1, at 2026-11-24 10:05, 94.99 yuan in all, 1 lines"
    )
    assert said[8] == "odd about it: unknown_sku"


async def with_a_return(world: World) -> tuple[Walk, str, str]:
    walk = await begun(world)
    sale_id = await walk.post(ticket("1", "sale", line("bread", 2, 20_000)))
    return walk, sale_id, await walk.post(ticket("2", "return", line("bread", -1, -10_000), original=original("1")))


async def test_a_point_entry_is_walked_back_to_its_ticket_and_a_returns_to_both(world: World) -> None:
    walk, _, _ = await with_a_return(world)
    page = await walk.office(f"/member/v1/members/{walk.member_id}/points/entries")
    back, earned = [entry["entry_id"] for entry in page["items"]]
    lines = await told(walk.organisation.head_office, What.POINTS, earned)
    assert [depth for depth, _ in lines] == [0, 1]
    assert "+200 points" in lines[0][1]
    assert lines[1][1].startswith("A sale, number 1: HZ001")
    lines = await told(walk.organisation.head_office, What.POINTS, back)
    assert "-100 points" in lines[0][1]
    assert [words.partition(":")[0] for _, words in lines[1:]] == ["A return, number 2", "A sale, number 1"]


async def test_each_share_of_a_ticket_is_walked_back_to_the_ticket_or_the_return(world: World) -> None:
    walk, sale_id, _ = await with_a_return(world)
    said = [words for _, words in await told(walk.organisation.head_office, What.SPLIT, sale_id)]
    assert said[0] == f"How ticket {sale_id} is shared"
    for amounts, root in (
        (("200.00", "2.00", "12.00", "186.00"), "A sale, number 1"),
        (("-100.00", "-1.00", "-6.00", "-93.00"), "A return, number 2"),
    ):
        at = next(index for index, words in enumerate(said) if words.startswith(root))
        took, platform, royalty, seller = said[at - 4 : at]
        assert took == f"the till took in {amounts[0]} yuan"
        assert platform == f"the platform's fee: {amounts[1]} yuan, by rule franchise/1"
        assert royalty == f"head office's royalty: {amounts[2]} yuan, by rule franchise/1"
        assert seller.startswith(f"the selling shop keeps: {amounts[3]} yuan")


async def test_what_is_not_there_or_nobodys_business_is_one_sentence(corp: Corp) -> None:
    for what in What:
        with pytest.raises(Unexplained, match="no such thing"):
            await told(corp.chain.head_office(), what, str(new_id()))
    with pytest.raises(Unexplained, match="not_allowed"):
        await told(corp.chain.till(corp.shop_id), What.SPLIT, str(new_id()))


async def test_without_a_suite_or_a_credential_the_command_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Unexplained, match="No credential at"):
        read_credential(tmp_path / "office.json")
    with pytest.raises(Unexplained, match="is `make run` up"):
        await explain("http://127.0.0.1:1", b"{}", "en", What.COUPON, new_id())
