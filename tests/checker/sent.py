"""What was sent and acknowledged, from the journal, and what must follow from it by the checker's own arithmetic."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.checker.parts import Half, parts_of

Key = tuple[str, str, str, str]  # shop, till, business day, number

POINTS_LIVE = timedelta(days=365)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass
class Sale:
    """What a ticket sold, whose it is and who earned by it, and how much of it and of its goods came back by now."""

    ticket_id: str
    member: str | None  # whose the ticket is
    earner: str | None  # who showed herself at the till
    total: int
    goods: int
    sold_at: datetime
    lines: list[tuple[str, int]]  # SKU and quantity
    back: int = 0
    goods_back: int = 0
    came_back: Counter[str] = field(default_factory=Counter)  # SKU → quantity


class Void(NamedTuple):
    """A ticket that voids another one; it counts on its own day, at its own shop."""

    ticket_id: str
    day: tuple[str, str]
    member: str | None


@dataclass(frozen=True)
class Accepted:
    """A household said yes to somebody's invitation."""

    inviter: str  # her unionid
    at: datetime


@dataclass(frozen=True)
class Joined:
    """A household that became a member during the replay."""

    member_id: str
    at: datetime


@dataclass
class Sent:
    """All that must be found."""

    brand_id: str = ""
    shop_ids: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, int] = field(default_factory=dict)  # ticket id → total
    days: Counter[tuple[str, str]] = field(default_factory=Counter)  # shop, day → takings
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)  # member → points
    growth: Counter[str] = field(default_factory=Counter)
    stock: Counter[tuple[str, str]] = field(default_factory=Counter)  # shop, sku → on hand
    uses: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))  # coupon → ticket, fen
    gone_back: set[str] = field(default_factory=set)  # tickets of which nothing is left
    postings: dict[tuple[str, str], int] = field(default_factory=dict)  # ticket and way in which it is split → fen
    ticket_members: dict[str, str | None] = field(default_factory=dict)
    sales: dict[Key, Sale] = field(default_factory=dict)
    waiting: dict[Key, Void] = field(default_factory=dict)  # voids that came before their tickets
    earned: Counter[tuple[str, date]] = field(default_factory=Counter)  # member, day of expiry → points of her sales
    clock: datetime = LONG_AGO  # the replay's, at its end
    accepted: dict[int, Accepted] = field(default_factory=dict)  # household → whose invitation it accepted
    joined: dict[int, Joined] = field(default_factory=dict)
    scanned: set[str] = field(default_factory=set)  # external user ids that landed in a group
    refused: list[str] = field(default_factory=list)
    no_goods: set[str] = field(default_factory=set)


def read(path: Path) -> Sent:
    """Read a journal."""
    sent = Sent()
    members = _members(path)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            _take(sent, json.loads(line), members)
    return sent


def _members(path: Path) -> dict[str, str]:
    """What a shopper shows → member. A ticket may be answered before the join at another till that it follows."""
    with path.open(encoding="utf-8") as lines:
        notes = (json.loads(line) for line in lines if '"what":"member"' in line)
        return {sign: note["member_id"] for note in notes for sign in note["signs"]}


def _take(sent: Sent, note: dict[str, Any], members: dict[str, str]) -> None:
    match note["what"]:
        case "brand":
            sent.brand_id, sent.shop_ids = note["brand_id"], note["shop_ids"]
        case "edge":
            sent.no_goods |= set(note["codes_that_are_no_goods"])
        case "shelf":
            shop_id = sent.shop_ids[note["shop"]]
            sent.stock.update({(shop_id, sku): milli for sku, milli in note["levels"].items()})
        case "scan" if (note["scanned"] or {}).get("chat_id"):
            sent.scanned.add(note["external_userid"])
        case "accept" if note["status"] == 200:
            at = datetime.fromisoformat(note["answer"]["accepted_at"])
            sent.accepted[note["friend"]] = Accepted(note["inviter"], at)
        case "join" if note["status"] == 201:
            answer = note["answer"]
            sent.joined[note["household"]] = Joined(answer["member_id"], datetime.fromisoformat(answer["joined_at"]))
        case "ticket" if note["status"] == 201:
            _ticket(sent, note, members)
        case "ticket" | "accept" | "join":
            sent.refused.append(f"{note['status']} {note['answer']}")


def _ticket(sent: Sent, note: dict[str, Any], members: dict[str, str]) -> None:
    body, shop_id, ticket_id = note["body"], sent.shop_ids[note["shop"]], note["answer"]["ticket_id"]
    sent.clock = max(sent.clock, datetime.fromisoformat(body["sold_at"]))
    day = (shop_id, body["business_on"])
    sent.counts[day] += 1
    shown = body.get("member")
    member = members.get(f"{shown['kind']}:{shown['value']}") if shown else None
    named = body.get("original")
    key = (named["shop"], named["till"], named["business_on"], named["number"]) if named else None
    original = sent.sales.get(key) if key else None
    sent.ticket_members[ticket_id] = original.member if original and original.member else member
    if body["kind"] == "void":
        _void(sent, original, Void(ticket_id, day, member), key)
        return
    sent.tickets[ticket_id] = body["total_fen"]
    sent.days[day] += body["total_fen"]
    lines = _moved(body)
    for sku, milli in lines:
        _shelve(sent, shop_id, sku, -milli)
    parts = parts_of(body, sent.no_goods)
    if parts.sold is not None:
        _sell(sent, note, member, parts.sold)
    if parts.back is not None:
        _take_back(sent, original, parts.back, (ticket_id, member))
    if parts.back is not None and original is not None:
        for sku, milli in lines:
            original.came_back[sku] -= min(milli, 0)


def _moved(body: dict[str, Any]) -> list[tuple[str, int]]:
    """What went over the counter, line by line; a write-off states what left the stock as negative."""
    sign = -1 if body["kind"] == "write_off" else 1
    return [(line["sku"], sign * line["quantity_milli"]) for line in body["lines"]]


def _shelve(sent: Sent, shop_id: str, sku: str, milli: int) -> None:
    if milli and sku not in sent.no_goods:
        sent.stock[shop_id, sku] += milli


def _void(sent: Sent, original: Sale | None, void: Void, key: Key | None) -> None:
    """What is left of the ticket comes back, money and goods, whatever the void itself says; it may come first."""
    sent.tickets[void.ticket_id] = 0
    if original is None:
        assert key is not None, "a void names its ticket"
        sent.waiting[key] = void
        return
    left = max(original.total, 0) - original.back
    sent.tickets[void.ticket_id] = -left
    sent.days[void.day] -= left
    for sku, milli in original.lines:
        gone = max(min(original.came_back[sku], milli), 0)
        original.came_back[sku] -= gone
        _shelve(sent, void.day[0], sku, milli - gone)
    _take_back(sent, original, Half(left, 0), (void.ticket_id, void.member))


def _sell(sent: Sent, note: dict[str, Any], earner: str | None, sold: Half) -> None:
    """What was sold earns for who showed herself, and may come back later; its coupons are used."""
    body, ticket_id, total = note["body"], note["answer"]["ticket_id"], sold.fen
    sent.postings[ticket_id, "paid"] = total
    sold_at = datetime.fromisoformat(body["sold_at"])
    key = (note["shop"], note["till"], body["business_on"], body["number"])
    lines = [(sku, milli) for sku, milli in _moved(body) if milli >= 0 or body["kind"] != "exchange"]
    sale = Sale(ticket_id, sent.ticket_members[ticket_id], earner, total, sold.goods, sold_at, lines)
    sent.sales[key] = sale
    for discount in [*body["discounts"], *(item for line in body["lines"] for item in line["discounts"])]:
        if discount.get("coupon_id"):
            sent.uses[discount["coupon_id"]].append((ticket_id, discount["amount_fen"]))
    if earner:
        points = _points(total)
        sent.points[earner] += points
        sent.growth[earner] += points
        sent.earned[earner, _expiry(date.fromisoformat(body["business_on"]))] += points
    if key in sent.waiting:
        _void(sent, sale, sent.waiting.pop(key), key)


def _take_back(sent: Sent, original: Sale | None, came: Half, whose: tuple[str, str | None]) -> None:
    """Points go back with the money: all that is back by now, less what was back before, each rounded down.

    Goods of which nobody knows the sale take back what they would earn.
    """
    (ticket_id, member), back = whose, came.fen
    if original is None:
        sent.postings[ticket_id, "returned"] = -back
        loser, gone = member, _points(back)
    else:
        whole, before = max(original.total, 0), original.back
        original.back = after = min(max(before + back, 0), whole)
        original.goods_back += came.goods
        sent.postings[ticket_id, "returned"] = before - after
        if after == whole:
            sent.gone_back.add(original.ticket_id)
        earned = _points(whole)
        loser, gone = original.earner, (earned * after // whole - earned * before // whole if whole else 0)
    if loser:
        sent.points[loser] -= gone
        sent.growth[loser] -= gone


def _points(fen: int) -> int:
    """One point for a yuan, rounded towards nothing."""
    return fen // 100 if fen >= 0 else -(-fen // 100)


def _expiry(earned_on: date) -> date:
    """Points live for a year, and then to the end of that month."""
    last = earned_on + POINTS_LIVE
    return date(last.year + last.month // 12, last.month % 12 + 1, 1)
