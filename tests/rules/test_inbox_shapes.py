"""What a record of a brand's inbox has to be, before any broker or database is asked."""

import json
from typing import Any

import msgspec
import pytest

from services.inventory_sharing.stock.rules import Kind
from services.inventory_sharing.stock.schemas import WRITTEN_EXAMPLE as STOCK_EXAMPLE
from services.inventory_sharing.stock.schemas import read_written, said_milli_of
from services.trade.ticket.schemas import TICKET_EXAMPLE, WRITTEN_EXAMPLE, TicketWritten
from services.trade.till_ticket.rules import Ticket, read
from shared.errors import Unreadable

_written = msgspec.json.Decoder(TicketWritten)
LINE = {"sku": "milk", "quantity_milli": 1}


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def stock(**change: Any) -> bytes:
    return as_json({**STOCK_EXAMPLE, "change": {"kind": "counted", "lines": [LINE]} | change})


def test_a_ticket_of_an_inbox_is_to_the_byte_what_a_till_would_have_posted() -> None:
    written = read(_written, as_json(WRITTEN_EXAMPLE))
    posted = read(msgspec.json.Decoder(Ticket), as_json(TICKET_EXAMPLE))
    assert (written.shop, written.till) == ("HZ001", "T1")
    assert msgspec.json.encode(written.ticket) == msgspec.json.encode(posted)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", "malformed"),
        (b'{"shop": "\xff"}', "utf-8"),
        (b"", "truncated"),
        (b"null", "Expected `object`"),
        (b"[" * 100_000, ""),
        (as_json({"shop": "HZ001", "ticket": TICKET_EXAMPLE}), "missing required field `till`"),
        (as_json({**WRITTEN_EXAMPLE, "brand_id": "any"}), "unknown field `brand_id`"),
        (as_json({**WRITTEN_EXAMPLE, "ticket": {**TICKET_EXAMPLE, "brand_id": "any"}}), "unknown field `brand_id`"),
        (as_json({**WRITTEN_EXAMPLE, "till": "T\n1"}), "control character"),
    ],
)
def test_what_is_no_ticket_is_unreadable_and_says_why(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(_written, body)
    assert why in str(refusal.value.facts["why"])


def test_a_change_of_an_inbox_says_what_a_manager_would() -> None:
    written = read_written(as_json(STOCK_EXAMPLE))
    assert (str(written.shop_id), str(written.change_id)) == (STOCK_EXAMPLE["shop_id"], STOCK_EXAMPLE["change_id"])
    assert (written.change.kind, said_milli_of(written.change)) == (Kind.COUNTED, {"1029743": 12_000})


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"\xff", "$"),
        (b"", "$"),
        (b"[" * 100_000, "$"),
        (as_json({**STOCK_EXAMPLE, "brand_id": "any"}), "brand_id"),
        (as_json({**STOCK_EXAMPLE, "shop_id": "HZ001"}), "shop_id"),
        (stock(kind="stolen"), "change.kind"),
        (stock(kind="sold"), "kind"),
        (stock(lines=[]), "change.lines"),
        (stock(lines=[LINE, LINE]), "lines"),
        (stock(lines=[{"sku": "milk", "quantity_milli": "1"}]), "change.lines.0.quantity_milli"),
    ],
)
def test_what_is_no_change_is_unreadable_and_says_where(body: bytes, where: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        said_milli_of(read_written(body).change)
    assert refusal.value.facts["where"] == where
