"""What the routes of tickets take and give."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from services.trade.till_ticket.rules import Text, Ticket


class Flagged(msgspec.Struct, frozen=True):
    """Something odd about a stored ticket, for the till and for the cashier."""

    code: str
    detail: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one ticket: stored (201) or refused, with what to do."""

    status: int
    ticket_id: UUID | None = None
    flags: list[Flagged] = []
    code: str | None = None
    detail: str | None = None


class Batch(msgspec.Struct, frozen=True):
    """Up to a thousand tickets."""

    tickets: list[Ticket]


class RawBatch(msgspec.Struct, frozen=True):
    """The same where not all are readable: each is read on its own."""

    tickets: list[msgspec.Raw]


class Answers(msgspec.Struct, frozen=True):
    """The answers of a batch, in its order."""

    answers: list[Answer]


class TicketWritten(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ticket in a brand's inbox: as a till posts it, and where it was made, for no credential says that here."""

    shop: Text  # by its code
    till: Text
    ticket: Ticket


class TicketOut(BaseModel):
    """A stored ticket; `ticket` is what the till sent."""

    ticket_id: UUID
    shop_id: UUID
    till: str
    business_on: date
    number: str
    kind: str
    sold_at: datetime
    received_at: datetime
    member_id: UUID | None
    original_id: UUID | None
    total_fen: int
    flags: list[str]
    ticket: dict[str, Any]


class TicketLine(BaseModel):
    """A ticket in a list."""

    ticket_id: UUID
    till: str
    business_on: date
    number: str
    kind: str
    sold_at: datetime
    member_id: UUID | None
    total_fen: int
    flags: list[str]


class DayOut(BaseModel):
    """One business day of a shop."""

    business_on: date
    tickets: int
    total_fen: int = Field(description="sum of the tickets' totals; what came back counts negative")


class DifferingOut(BaseModel):
    """What came under a taken number."""

    ticket_id: UUID
    received_at: datetime
    ticket: dict[str, Any]


TICKET_EXAMPLE = {
    "business_on": "2026-11-24",
    "number": "000123",
    "sold_at": "2026-11-24T10:15:30+08:00",
    "kind": "sale",
    "member": {"kind": "card", "value": "8800000123"},
    "lines": [
        {
            "sku": "1029743",
            "quantity_milli": 1000,
            "gross_fen": 399,
            "discounts": [{"kind": "loyalty", "amount_fen": 50}],
            "amount_fen": 349,
        }
    ],
    "total_fen": 349,
    "tenders": [{"kind": "cash", "amount_fen": 349}],
}
ANSWER_EXAMPLE = {"status": 201, "ticket_id": "01933f5e-0000-8abc-8def-0123456789ab"}
WRITTEN_EXAMPLE = {"shop": "HZ001", "till": "T1", "ticket": TICKET_EXAMPLE}


def written_shape() -> dict[str, Any]:
    """What a record of a brand's inbox has to be, as a JSON Schema."""
    (schema,), definitions = msgspec.json.schema_components([TicketWritten], ref_template="#/$defs/{name}")
    return {**schema, "$defs": definitions}
