"""What was sent and acknowledged, from the journal, and what must follow from it by the checker's own arithmetic."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POSTED_AS = {"sale": "paid", "write_off": "paid", "return": "returned", "void": "returned"}

Key = tuple[str, str, str, str]  # shop, till, business day, number


@dataclass
class Sale:
    """A sale as it was sent, and how much of it came back by now."""

    ticket_id: str
    member: str | None
    total: int
    back: int = 0


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
    postings: set[tuple[str, str]] = field(default_factory=set)  # ticket and the one way in which it is split
    scanned: set[str] = field(default_factory=set)  # external user ids that landed in a group
    refused: list[str] = field(default_factory=list)
    no_goods: set[tuple[str, str]] = field(default_factory=set)


def read(path: Path) -> Sent:
    """Read a journal."""
    sent = Sent()
    members = _members(path)
    sales: dict[Key, Sale] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            _take(sent, json.loads(line), members, sales)
    return sent


def _members(path: Path) -> dict[str, str]:
    """What a shopper shows → member. A ticket may be answered before the join at another till that it follows."""
    with path.open(encoding="utf-8") as lines:
        notes = (json.loads(line) for line in lines if '"what":"member"' in line)
        return {sign: note["member_id"] for note in notes for sign in note["signs"]}


def _take(sent: Sent, note: dict[str, Any], members: dict[str, str], sales: dict[Key, Sale]) -> None:
    match note["what"]:
        case "brand":
            sent.brand_id, sent.shop_ids = note["brand_id"], note["shop_ids"]
        case "member":
            members |= dict.fromkeys(note["signs"], note["member_id"])
        case "edge":
            sent.no_goods |= {(sent.shop_ids[note["shop"]], sku) for sku in note["codes_that_are_no_goods"]}
        case "shelf":
            shop_id = sent.shop_ids[note["shop"]]
            sent.stock.update({(shop_id, sku): milli for sku, milli in note["levels"].items()})
        case "scan" if (note["scanned"] or {}).get("chat_id"):
            sent.scanned.add(note["external_userid"])
        case "ticket" if note["status"] == 201:
            _ticket(sent, note, members, sales)
        case "ticket":
            sent.refused.append(f"{note['status']} {note['answer']}")


def _ticket(sent: Sent, note: dict[str, Any], members: dict[str, str], sales: dict[Key, Sale]) -> None:
    body, shop_id = note["body"], sent.shop_ids[note["shop"]]
    sent.tickets[note["answer"]["ticket_id"]] = body["total_fen"]
    sent.postings.add((note["answer"]["ticket_id"], POSTED_AS[body["kind"]]))
    day = (shop_id, body["business_on"])
    sent.days[day] += body["total_fen"]
    sent.counts[day] += 1
    sign = -1 if body["kind"] == "write_off" else 1  # a write-off states what left the stock as negative
    for line in body["lines"]:
        if line["quantity_milli"] and (shop_id, line["sku"]) not in sent.no_goods:
            sent.stock[shop_id, line["sku"]] -= sign * line["quantity_milli"]
        for discount in line["discounts"]:
            _use(sent, note, discount)
    for discount in body["discounts"]:
        _use(sent, note, discount)
    shown = body.get("member")
    member = members.get(f"{shown['kind']}:{shown['value']}") if shown else None
    if body["kind"] == "sale":
        key = (note["shop"], note["till"], body["business_on"], body["number"])
        sales[key] = Sale(note["answer"]["ticket_id"], member, body["total_fen"])
        if member:
            sent.points[member] += body["total_fen"] // 100
            sent.growth[member] += body["total_fen"] // 100
    elif body.get("original"):
        _take_back(sent, body, sales)


def _use(sent: Sent, note: dict[str, Any], discount: dict[str, Any]) -> None:
    if discount.get("coupon_id") and note["body"]["kind"] == "sale":
        use = (note["answer"]["ticket_id"], discount["amount_fen"])
        sent.uses[discount["coupon_id"]].append(use)


def _take_back(sent: Sent, body: dict[str, Any], sales: dict[Key, Sale]) -> None:
    """Points go back with the money: all that is back by now, less what was back before, each rounded down."""
    named = body["original"]
    sale = sales[named["shop"], named["till"], named["business_on"], named["number"]]
    before, after = sale.back, min(sale.back - body["total_fen"], sale.total)
    sale.back = after
    if after == sale.total:
        sent.gone_back.add(sale.ticket_id)
    if sale.member and sale.total:
        earned = sale.total // 100
        gone = earned * after // sale.total - earned * before // sale.total
        sent.points[sale.member] -= gone
        sent.growth[sale.member] -= gone
