"""What must stand after all of it, from the journal of what was acknowledged. Shares no code with the services."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Sale:
    """An acknowledged sale, and how much of it came back."""

    total_fen: int
    member_id: str | None
    back_fen: int = 0


@dataclass
class Expected:
    """All that must be found, and nothing else may."""

    tickets: dict[str, int] = field(default_factory=dict)  # ticket → total
    members: dict[str, str | None] = field(default_factory=dict)  # ticket → whose it is
    events: Counter[tuple[str, str]] = field(default_factory=Counter)  # ticket and kind → how often it is said
    postings: dict[tuple[str, str], int] = field(default_factory=dict)  # ticket and kind → fen
    stock: Counter[tuple[str, str]] = field(default_factory=Counter)  # shop and SKU → on hand
    points: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)  # one id for two tickets


def expect(journal: Path) -> Expected:
    """Read the journal."""
    notes = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    shop_ids = next(note["shop_ids"] for note in notes if note["what"] == "shops")
    member_ids = {note["card"]: note["member_id"] for note in notes if note["what"] == "member"}
    told = [note for note in notes if note["what"] == "ticket"]
    expected = Expected()
    sales: dict[tuple[int, str], Sale] = {}
    for note in sorted(told, key=lambda note: note["body"]["kind"] == "return"):
        body, ticket_id = note["body"], note["ticket_id"]
        if ticket_id in expected.tickets:
            expected.differing.append(f"two acknowledged tickets are both {ticket_id}")
        expected.tickets[ticket_id] = body["total_fen"]
        _move_stock(expected, shop_ids[note["till"]], body)
        if body["kind"] == "sale":
            member_id = member_ids.get(body["member"]["value"]) if "member" in body else None
            sales[note["till"], body["number"]] = Sale(body["total_fen"], member_id)
            expected.members[ticket_id] = member_id
        else:
            sale = sales[note["till"], body["original"]["number"]]
            sale.back_fen -= body["total_fen"]
            expected.members[ticket_id] = sale.member_id
        kind = "paid" if body["kind"] == "sale" else "returned"
        expected.events[ticket_id, kind] += 1
        expected.postings[ticket_id, kind] = body["total_fen"]
    for sale in sales.values():
        if sale.member_id is not None:
            expected.points[sale.member_id] += _points(sale)
    return expected


def _move_stock(expected: Expected, shop_id: str, body: dict[str, Any]) -> None:
    """Quantities of a return are negative already."""
    for line in body["lines"]:
        expected.stock[shop_id, line["sku"]] -= line["quantity_milli"]


def _points(sale: Sale) -> int:
    """A point a yuan; of these goes back what share of the money went back, rounded down over all returns together."""
    earned = sale.total_fen // 100
    return earned - (earned * sale.back_fen // sale.total_fen if sale.total_fen else 0)
