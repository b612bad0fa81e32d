"""A ticket's walk: from the till through every listener, and by a return and two voids back to where all began.

Everything goes through public doors: head office sets up, the till signs in with its own credential.
"""

from dataclasses import dataclass
from typing import Any

import httpx

from shared.ids import new_id
from tests.services.directory.organisation import Organisation, bearer, opened
from tests.world import World

CARD = {"kind": "card", "value": "8800000123"}
TODAY = "2026-11-24"
DAYS = {"first_on": TODAY, "last_on": TODAY}
SHELF = {"bread": 5_000, "milk": 12_000}


@dataclass
class Walk:
    """A shop of a partner, its till, and a member with a coupon."""

    organisation: Organisation
    shop_id: str
    till: httpx.AsyncClient
    member_id: str
    coupon_id: str

    async def office(self, path: str, **query: str) -> Any:
        """What head office reads."""
        return must(await self.organisation.head_office.get(path, params=query))

    async def post(self, body: dict[str, Any]) -> str:
        """Post a ticket, unflagged, and wait until everybody took it."""
        answer = must(await self.till.post("/trade/v1/tickets", json=body))
        assert "flags" not in answer, answer
        await self.organisation.world.settled()
        return str(answer["ticket_id"])

    async def points(self) -> tuple[int, int, int]:
        """What she has, what of it is held, and her growth."""
        told = await self.office(f"/member/v1/members/{self.member_id}/points")
        return told["points"], told["held"], told["growth"]

    async def shelf(self) -> dict[str, int]:
        """What the shop has on hand."""
        page = await self.office(f"/inventory-sharing/v1/shops/{self.shop_id}/stock")
        return {item["sku"]: item["on_hand_milli"] for item in page["items"]}

    async def shares(self, ticket_id: str) -> dict[str, int]:
        """Who has how much of a ticket, after all that came back of it."""
        sums: dict[str, int] = {}
        for posting in (await self.office(f"/settlement/v1/explain/{ticket_id}"))["postings"]:
            assert sum(entry["amount_fen"] for entry in posting["entries"]) == 0
            for entry in posting["entries"]:
                sums[entry["account"]] = sums.get(entry["account"], 0) + entry["amount_fen"]
        return {account: fen for account, fen in sums.items() if fen}

    async def coupon(self) -> tuple[str, list[str]]:
        """The state of her coupon, and its story."""
        told = await self.office(f"/campaign/v1/explain/{self.coupon_id}")
        return told["state"], [step["step"] for step in told["story"]]

    async def takings(self) -> int:
        """What the shop took in that day."""
        days = await self.office(f"/trade/v1/shops/{self.shop_id}/sales", **DAYS)
        return sum(day["total_fen"] for day in days)


def must(answer: httpx.Response) -> Any:
    """The body of a yes."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def ticket(number: str, kind: str, line: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A ticket of one line, paid by WeChat unless told otherwise."""
    total_fen = more.get("total_fen", line["amount_fen"])
    return {
        "business_on": TODAY,
        "number": number,
        "sold_at": f"{TODAY}T10:05:00+08:00",
        "kind": kind,
        "member": CARD,
        "lines": [line],
        "total_fen": total_fen,
        "tenders": [{"kind": "wechat", "amount_fen": total_fen}],
    } | more


def line(sku: str, pieces: int, amount_fen: int) -> dict[str, Any]:
    """A line without discounts of its own."""
    return {"sku": sku, "quantity_milli": pieces * 1000, "gross_fen": amount_fen, "amount_fen": amount_fen}


def original(number: str) -> dict[str, str]:
    """What a return or void goes back to."""
    return {"till": "T1", "business_on": TODAY, "number": number}


async def begun(world: World) -> Walk:
    """Head office opens a partner's shop and stocks it; a member joins at its till and is given a coupon."""
    organisation = await opened(world)
    office = organisation.head_office
    await organisation.put("/partners/P01", name="合作商")
    shop_id = (await organisation.shop(partner="P01"))["shop_id"]
    skus = [{"sku": sku, "name": sku, "product_class": "food"} for sku in SHELF]
    must(await office.post("/directory/v1/skus:save", json={"skus": skus}))
    credential = await organisation.till_credential((await organisation.till(shop_id))["till_id"])
    grant = {"grant": "device", "credential_id": credential["credential_id"], "secret": credential["secret"]}
    till = bearer(world, await world.client().post("/directory/v1/tokens", json=grant))
    shelf = [{"sku": sku, "quantity_milli": milli} for sku, milli in SHELF.items()]
    path = f"/inventory-sharing/v1/shops/{shop_id}/stock-changes/{new_id()}"
    must(await office.put(path, json={"kind": "set", "lines": shelf}))
    must(await office.put("/settlement/v1/split-rules/franchise", json={"platform_bp": 100, "royalty_bp": 600}))
    campaign = "/campaign/v1/coupon-campaigns/welcome"
    offer = {"kind": "amount", "purpose": "list", "amount_fen": 500, "valid_days": 30}
    must(await office.put(campaign, json=offer))
    must(await office.post(f"{campaign}:start"))
    member_id = must(await till.post("/member/v1/members", json={"card": CARD["value"]}))["member_id"]
    coupons = must(await office.post(f"{campaign}:issue", json={"person_ids": [member_id]}))["coupons"]
    await world.settled()
    return Walk(organisation, shop_id, till, member_id, coupons[member_id])


async def test_a_ticket_walks_through_every_service_and_all_the_way_back(world: World) -> None:
    walk = await begun(world)
    first = await walk.post(ticket("1", "sale", line("bread", 1, 20_000)))
    assert await walk.points() == (200, 0, 200)
    second = await sold_with_points_and_coupon(walk)
    assert await walk.points() == (193, 0, 293)  # 100 spent; 93 earned by the 93.99 yuan that points did not pay
    assert await walk.shelf() == {"bread": 4_000, "milk": 9_000}
    assert await walk.shares(second) == {"takings": -9_499, "platform": 95, "royalty": 570, "seller": 8_834}
    assert await walk.coupon() == ("redeemed", ["issue", "hold", "redeem"])
    assert await walk.takings() == 29_499
    await one_event_caused_it_all(walk, second)

    back = ticket("3", "return", line("milk", -1, -3_333), total_fen=-3_166, original=original("2"))
    await walk.post(back | {"discounts": [{"kind": "coupon", "amount_fen": -167}]})
    assert await walk.points() == (196, 0, 263)  # a third of the sale: 33 points come back to her, 30 go
    assert await walk.shelf() == {"bread": 4_000, "milk": 10_000}
    assert await walk.shares(second) == {"takings": -6_333, "platform": 63, "royalty": 380, "seller": 5_890}
    assert await walk.coupon() == ("redeemed", ["issue", "hold", "redeem"])

    rest = ticket("4", "void", line("milk", -2, -6_666), total_fen=-6_333, original=original("2"))
    await walk.post(rest | {"discounts": [{"kind": "coupon", "amount_fen": -333}]})
    assert await walk.coupon() == ("issued", ["issue", "hold", "redeem", "return"])
    assert await walk.points() == (200, 0, 200)
    await walk.post(ticket("5", "void", line("bread", -1, -20_000), original=original("1")))
    assert await walk.points() == (0, 0, 0)
    assert await walk.shelf() == SHELF
    assert (await walk.shares(first), await walk.shares(second)) == ({}, {})
    assert await walk.takings() == 0
    await every_ledger_adds_up(walk)


async def sold_with_points_and_coupon(walk: Walk) -> str:
    """The till holds points and the coupon before it gives anything for them, then posts the ticket."""
    hold_id = str(new_id())
    points = {"hold_id": hold_id, "points": 100, "member": CARD}
    must(await walk.till.post("/member/v1/points/holds", json=points))
    coupon = {"hold_id": str(new_id()), "coupon_id": walk.coupon_id, "total_fen": 9_999}
    off_fen = must(await walk.till.post("/campaign/v1/coupons/holds", json=coupon))["discount_fen"]
    assert off_fen == 500
    assert await walk.points() == (200, 100, 200)
    assert (await walk.coupon())[0] == "held"
    tenders = [
        {"kind": "points", "amount_fen": 100, "points": 100, "hold_id": hold_id},
        {"kind": "wechat", "amount_fen": 9_399},
    ]
    discounts = [{"kind": "coupon", "amount_fen": off_fen, "coupon_id": walk.coupon_id}]
    sale = ticket("2", "sale", line("milk", 3, 9_999), total_fen=9_499, tenders=tenders, discounts=discounts)
    ticket_id = await walk.post(sale)
    assert await walk.post(sale) == ticket_id  # posted again, nothing happens again
    return ticket_id


async def one_event_caused_it_all(walk: Walk, ticket_id: str) -> None:
    """Each service names what caused its own rows; asked one after another, all name the same event."""
    because = set((await walk.office(f"/settlement/v1/explain/{ticket_id}"))["because"])
    story = (await walk.office(f"/campaign/v1/explain/{walk.coupon_id}"))["story"]
    because |= {step["cause"] for step in story if step["ticket_id"] == ticket_id}
    page = await walk.office(f"/member/v1/members/{walk.member_id}/points/entries")
    entries = [entry for entry in page["items"] if entry["ticket_id"] == ticket_id]
    assert sorted(entry["kind"] for entry in entries) == ["earn", "spend"]
    for entry in entries:
        told = await walk.office(f"/member/v1/explain/{entry['entry_id']}")
        because.add(told["cause"])
        assert told["arithmetic"]
    assert len(because) == 1
    moves = await walk.office(f"/inventory-sharing/v1/shops/{walk.shop_id}/stock-moves", sku="milk")
    assert ticket_id in {move["cause_id"] for move in moves["items"]}


async def every_ledger_adds_up(walk: Walk) -> None:
    """Each service's own reconciliation finds nothing."""
    assert await walk.office("/settlement/v1/reconciliation") == {"unbalanced": [], "drifted": []}
    assert await walk.office("/campaign/v1/reconciliation") == {"differing": []}
    assert await walk.office("/inventory-sharing/v1/reconciliation") == []
    points = await walk.office("/member/v1/points/reconciliation")
    assert (points["difference"], points["sum_of_all_accounts"], points["differing_members"]) == (0, 0, 0)
