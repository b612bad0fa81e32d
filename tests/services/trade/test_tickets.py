"""Tickets through the till's door: stored once, flagged where odd, never argued with."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from services.trade.ticket import actions, jobs
from services.trade.till_ticket.rules import Ticket
from shared.auth.caller import Role
from shared.events.directory import ShopSaved, SkuSaved
from shared.events.event import Asked
from shared.events.member import IdentityBound
from shared.events.trade import TicketAttributed, TicketPaid, TicketReturned
from shared.ids import new_id
from shared.jobs import run_now
from tests.world import Chain, World

pytestmark = pytest.mark.asyncio


def line(sku: str = "milk", amount_fen: int = 350, quantity_milli: int = 1000, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity_milli": quantity_milli, "gross_fen": amount_fen, "amount_fen": amount_fen} | more


def ticket(number: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    total_fen = sum(item["amount_fen"] for item in lines)
    return {
        "business_on": "2026-11-24",
        "number": number,
        "sold_at": "2026-11-24T09:55:00+08:00",
        "kind": "sale",
        "lines": list(lines),
        "total_fen": total_fen,
        "tenders": [{"kind": "cash", "amount_fen": total_fen}],
    } | more


def going_back(number: str, original: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {"till": "T1", "business_on": "2026-11-24", "number": original}
    return ticket(number, *lines, kind="return", original=named) | more


async def shop_of(chain: Chain) -> UUID:
    """A shop that trade knows, with milk and bread in the catalogue."""
    shop_id = new_id()
    brand_id = chain.brand_id
    await chain.world.say(
        ShopSaved(
            brand_id=brand_id, shop_id=shop_id, code="HZ001", name="Lakeside", region_id=None, branch_id=None,
            area_id=None, partner_id=None, zone="Asia/Shanghai", cutover_minutes=0, longitude_e6=120_150_000,
            latitude_e6=30_250_000, is_open=True, version=1,
        ),
        *(
            SkuSaved(brand_id=brand_id, sku=sku, name=sku, unit="each", product_class="food", is_goods=True, version=1)
            for sku in ("milk", "bread")
        ),
    )  # fmt: skip
    await chain.world.settled()
    return shop_id


def codes(answer: httpx.Response) -> list[str]:
    return [flag["code"] for flag in answer.json().get("flags", [])]


async def test_a_ticket_posted_again_and_again_is_stored_once_with_the_same_answer(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    body = ticket("1", line())
    answers = await asyncio.gather(*(till.post("/trade/v1/tickets", json=body) for _ in range(20)))
    answers.append(await till.post("/trade/v1/tickets", json=body))  # those before may all have shared one batch
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    await chain.world.settled()
    assert len(await chain.world.said(TicketPaid, chain.brand_id)) == 1


async def test_the_same_number_with_another_content_is_refused_and_kept_for_review(chain: Chain) -> None:
    shop_id = await shop_of(chain)
    till = chain.till(shop_id)
    await till.post("/trade/v1/tickets", json=ticket("1", line()))
    answer = await till.post("/trade/v1/tickets", json=ticket("1", line(amount_fen=999)))
    assert (answer.status_code, answer.json()["code"]) == (409, "trade.ticket_differs")
    kept = await chain.head_office().get(f"/trade/v1/shops/{shop_id}/differing-tickets")
    assert [item["ticket"]["total_fen"] for item in kept.json()["items"]] == [999]
    assert [fact.total_fen for fact in await chain.world.said(TicketPaid, chain.brand_id)] == [350]


async def test_a_batch_answers_for_each_ticket_and_one_bad_one_holds_up_nobody(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    await till.post("/trade/v1/tickets", json=ticket("2", line()))
    batch = [ticket("1", line()), {"number": 7}, ticket("2", line(amount_fen=1)), ticket("3", line("bread"))]
    answer = await till.post("/trade/v1/tickets:batch", json={"tickets": batch})
    assert [item["status"] for item in answer.json()["answers"]] == [201, 400, 409, 201]
    assert len(await chain.world.said(TicketPaid, chain.brand_id)) == 3


async def test_odd_sums_unknown_goods_and_rounding_are_stored_and_flagged(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    odd = ticket("1", line("unheard-of", gross_fen=400), total_fen=345, rounding_fen=-4)
    answer = await till.post("/trade/v1/tickets", json=odd, headers={"Accept-Language": "en"})
    assert answer.status_code == 201
    assert codes(answer) == ["line_off", "rounded", "tender_off", "total_off", "unknown_sku"]
    (paid,) = await chain.world.said(TicketPaid, chain.brand_id)
    assert (paid.total_fen, [sold.net_fen for sold in paid.lines]) == (345, [345])


async def test_partial_returns_count_anew_and_never_beyond_the_whole(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    await till.post("/trade/v1/tickets", json=ticket("1", line(), line("bread", 650)))
    for number, back_fen in (("2", 350), ("3", 650), ("4", 1)):
        back = line(amount_fen=-back_fen, quantity_milli=-1000)
        answer = await till.post("/trade/v1/tickets", json=going_back(number, "1", back))
        assert answer.status_code == 201
    assert codes(answer) == ["over_returned"]
    returned = await chain.world.said(TicketReturned, chain.brand_id)
    assert [(fact.before_fen, fact.after_fen, fact.is_whole) for fact in returned] == [
        (0, 350, False),
        (350, 1000, True),
        (1000, 1000, True),
    ]


async def test_a_return_in_one_batch_before_its_sale_still_finds_it(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    batch = [going_back("2", "1", line(amount_fen=-350, quantity_milli=-1000)), ticket("1", line())]
    answer = await till.post("/trade/v1/tickets:batch", json={"tickets": batch})
    assert [item.get("flags", []) for item in answer.json()["answers"]] == [[], []]
    (returned,) = await chain.world.said(TicketReturned, chain.brand_id)
    assert (returned.whole_fen, returned.after_fen) == (350, 350)


async def test_a_void_that_comes_before_its_ticket_takes_effect_when_the_ticket_comes(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    answer = await till.post("/trade/v1/tickets", json=going_back("2", "1", kind="void"))
    assert codes(answer) == ["original_unknown"]
    assert await chain.world.said(TicketReturned, chain.brand_id) == []
    await till.post("/trade/v1/tickets", json=ticket("1", line(), line("bread", 650)))
    (returned,) = await chain.world.said(TicketReturned, chain.brand_id)
    assert (returned.reason, returned.after_fen, len(returned.lines)) == ("void", 1000, 2)


async def test_a_void_takes_what_is_left_out_of_the_takings_whatever_total_it_bears(chain: Chain) -> None:
    shop_id = await shop_of(chain)
    till = chain.till(shop_id)
    await till.post("/trade/v1/tickets", json=ticket("1", line(), line("bread", 650)))
    await till.post("/trade/v1/tickets", json=going_back("2", "1", line(amount_fen=-350, quantity_milli=-1000)))
    await till.post("/trade/v1/tickets", json=going_back("3", "1", kind="void"))
    await till.post("/trade/v1/tickets", json=going_back("5", "4", kind="void", total_fen=-777))
    await till.post("/trade/v1/tickets", json=ticket("4", line("bread", 800)))
    assert await takings_fen(chain, shop_id) == 0


async def takings_fen(chain: Chain, shop_id: UUID) -> int:
    days = await chain.head_office().get(
        f"/trade/v1/shops/{shop_id}/sales", params={"first_on": "2026-11-01", "last_on": "2026-11-30"}
    )
    return sum(day["total_fen"] for day in days.json())


async def test_a_void_and_its_ticket_stored_at_the_same_moment_meet_at_the_next_sweep(
    chain: Chain, world: World
) -> None:
    shop_id = await shop_of(chain)
    till, content = actions.Till(chain.brand_id, shop_id, "T1"), msgspec.convert(ticket("1", line()), Ticket)
    sale = actions.Posted(till, None, content, msgspec.json.encode(content), Asked("test", ""))
    context = world.suite.running["trade"].context
    async with context.database.transaction() as tx:
        await actions.post_tickets(tx, [sale])
        answer = await chain.till(shop_id).post("/trade/v1/tickets", json=going_back("2", "1", kind="void"))
        assert codes(answer) == ["original_unknown"]
    assert await chain.world.said(TicketReturned, chain.brand_id) == []
    await run_now(context, jobs.void_missed)
    await run_now(context, jobs.void_missed)
    (returned,) = await chain.world.said(TicketReturned, chain.brand_id)
    assert (returned.reason, returned.after_fen) == ("void", 350)
    assert await takings_fen(chain, shop_id) == 0


async def test_an_exchange_says_what_went_out_and_what_came_back(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    await till.post("/trade/v1/tickets", json=ticket("1", line()))
    swap = going_back("2", "1", line(amount_fen=-350, quantity_milli=-1000), line("bread", 500), kind="exchange")
    assert (await till.post("/trade/v1/tickets", json=swap)).status_code == 201
    paid = await chain.world.said(TicketPaid, chain.brand_id)
    (returned,) = await chain.world.said(TicketReturned, chain.brand_id)
    assert [fact.total_fen for fact in paid] == [350, 500]
    assert (returned.total_fen, returned.lines[0].quantity_milli) == (350, 1000)


async def test_an_exchange_in_one_batch_before_its_sale_still_finds_it(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    swap = going_back("2", "1", line(amount_fen=-350, quantity_milli=-1000), line("bread", 500), kind="exchange")
    answer = await till.post("/trade/v1/tickets:batch", json={"tickets": [swap, ticket("1", line())]})
    assert [item.get("flags", []) for item in answer.json()["answers"]] == [[], []]
    (returned,) = await chain.world.said(TicketReturned, chain.brand_id)
    assert (returned.whole_fen, returned.after_fen) == (350, 350)


async def test_a_return_of_an_exchange_in_one_batch_finds_it(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    swap = going_back("2", "1", line(amount_fen=-350, quantity_milli=-1000), line("bread", 500), kind="exchange")
    back = going_back("3", "2", line("bread", -500, quantity_milli=-1000))
    answer = await till.post("/trade/v1/tickets:batch", json={"tickets": [back, swap, ticket("1", line())]})
    assert [item.get("flags", []) for item in answer.json()["answers"]] == [[], [], []]
    returned = await chain.world.said(TicketReturned, chain.brand_id)
    assert {fact.number: (fact.whole_fen, fact.after_fen) for fact in returned} == {"2": (350, 350), "3": (500, 500)}


async def test_training_mode_is_answered_and_ignored(chain: Chain) -> None:
    shop_id = await shop_of(chain)
    answer = await chain.till(shop_id).post("/trade/v1/tickets", json=ticket("1", line(), kind="training"))
    assert (answer.status_code, codes(answer)) == (201, ["training"])
    days = await chain.head_office().get(
        f"/trade/v1/shops/{shop_id}/sales", params={"first_on": "2026-11-01", "last_on": "2026-11-30"}
    )
    assert days.json() == []


async def test_a_member_known_later_is_given_her_ticket(chain: Chain, world: World) -> None:
    till = chain.till(await shop_of(chain))
    shown = {"kind": "card", "value": "8800000001"}
    answer = await till.post("/trade/v1/tickets", json=ticket("1", line(), member=shown))
    assert codes(answer) == ["unknown_member"]
    await till.post("/trade/v1/tickets", json=going_back("9", "1", line(amount_fen=-100, quantity_milli=-500)))
    person_id = new_id()
    lookup = world.scratch.secrets.lookup(chain.brand_id, "card", "8800000001")
    await world.say(
        IdentityBound(brand_id=chain.brand_id, person_id=person_id, kind="card", lookup=lookup, is_member=True)
    )
    await world.settled()
    (attributed,) = await world.said(TicketAttributed, chain.brand_id)
    assert (attributed.member_id, attributed.total_fen) == (person_id, 350)
    assert [one.net_fen for one in attributed.lines] == [350]
    assert [(one.net_fen, one.quantity_milli) for one in attributed.returned_lines] == [(100, 500)]
    await till.post("/trade/v1/tickets", json=ticket("2", line(), member=shown))
    assert (await world.said(TicketPaid, chain.brand_id))[-1].member_id == person_id


async def test_a_ticket_stored_in_the_very_moment_its_member_becomes_known_is_hers(chain: Chain, world: World) -> None:
    shop_id, person_id = await shop_of(chain), new_id()
    lookup = world.scratch.secrets.lookup(chain.brand_id, "card", "8800000001")
    content = msgspec.convert(ticket("1", line()), Ticket)
    body = msgspec.json.encode(content)
    till = actions.Till(chain.brand_id, shop_id, "T1")
    posted = actions.Posted(till, lookup, content, body, Asked("test", ""))
    async with world.suite.running["trade"].context.database.transaction() as tx:
        await actions.post_tickets(tx, [posted])
        await world.say(
            IdentityBound(brand_id=chain.brand_id, person_id=person_id, kind="card", lookup=lookup, is_member=True)
        )
        await world.listener_waits_or_is_done()
    await world.settled()
    (row,) = await world.rows("select member_id from trade.ticket where shop_id = $1", shop_id)
    assert row["member_id"] == person_id


async def test_an_unreadable_ticket_is_refused_in_the_tills_language_and_stores_nothing(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    bad = ticket("1", line()) | {"lines": [line() | {"amount_fen": "free"}]}
    answer = await till.post("/trade/v1/tickets", json=bad, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
    assert "$.lines[0]" in answer.json()["detail"]
    for control in ("\x00", "milk\n", "\x7f"):
        answer = await till.post(
            "/trade/v1/tickets", json=ticket("1", line(control)), headers={"Accept-Language": "en"}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
        assert "control character" in answer.json()["detail"]
    harmless = await till.post("/trade/v1/tickets", json=ticket("7", line("C:\\new")))
    assert harmless.status_code == 201
    assert [fact.number for fact in await chain.world.said(TicketPaid, chain.brand_id)] == ["7"]


async def test_a_till_whose_clock_is_at_an_end_of_the_calendar_is_heard_like_any_other(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    ends = ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00")
    tickets = [ticket(str(number), line(), sold_at=end) for number, end in enumerate(ends)]
    answer = await till.post("/trade/v1/tickets:batch", json={"tickets": [*tickets, ticket("9", line())]})
    assert answer.status_code == 200, answer.text
    flags = [[flag["code"] for flag in item.get("flags", [])] for item in answer.json()["answers"]]
    assert flags == [["day_off"], ["from_future", "day_off"], []]
    again = await till.post("/trade/v1/tickets", json=tickets[0])
    assert again.json()["ticket_id"] == answer.json()["answers"][0]["ticket_id"]
    said = await chain.world.said(TicketPaid, chain.brand_id)
    assert {fact.number: fact.sold_at.year for fact in said} == {"0": 1, "1": 9999, "9": 2026}


async def test_goods_are_unknown_until_directory_names_them_and_known_from_then_on(chain: Chain) -> None:
    till = chain.till(await shop_of(chain))
    for number in ("1", "2"):
        answer = await till.post("/trade/v1/tickets", json=ticket(number, line("cheese"), line("milk")))
        assert codes(answer) == ["unknown_sku"]
    saved = SkuSaved(
        brand_id=chain.brand_id, sku="cheese", name="", unit="each", product_class="food", is_goods=True, version=1
    )
    await chain.world.say(saved)
    await chain.world.settled()
    for number in ("3", "4"):
        answer = await till.post("/trade/v1/tickets", json=ticket(number, line("cheese"), line("milk")))
        assert codes(answer) == []


async def test_a_manager_reads_only_the_own_shop(chain: Chain) -> None:
    shop_id, elsewhere = await shop_of(chain), new_id()
    answer = await chain.till(shop_id).post("/trade/v1/tickets", json=ticket("1", line()))
    path = f"/trade/v1/tickets/{answer.json()['ticket_id']}"
    own = chain.staff(Role.STORE_MANAGER, shops=frozenset({shop_id}))
    other = chain.staff(Role.STORE_MANAGER, shops=frozenset({elsewhere}))
    assert [(await client.get(path)).status_code for client in (own, other)] == [200, 404]
    assert (await other.get(f"/trade/v1/shops/{shop_id}/tickets")).status_code == 403
