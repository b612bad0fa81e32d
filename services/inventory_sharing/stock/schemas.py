"""What the routes of stock take and give; quantities are thousandths of the SKU's unit."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.inventory_sharing.stock.rules import Kind
from shared.errors import Unreadable
from shared.texts import PLAIN

Sku = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN, examples=["1029743"])]
Milli = Annotated[int, Field(strict=True, ge=-(10**12), le=10**12, examples=[12_000])]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChangeLine(_In):
    """One SKU of a change."""

    sku: Sku
    quantity_milli: Milli


class ChangeIn(_In):
    """A change by hand. `set` and `counted` say what is there; the others what is added or taken."""

    kind: Annotated[Kind, Field(examples=["received"])]
    lines: Annotated[list[ChangeLine], Field(min_length=1, max_length=5000)]
    note: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class ChangeWritten(_In):
    """A change in a brand's inbox: as a manager makes it, and which it is of which shop."""

    shop_id: UUID
    change_id: UUID
    change: ChangeIn


class ChangeOut(BaseModel):
    """What the change added to each SKU."""

    change_id: UUID
    added_milli: dict[str, int]


class SafetyLine(_In):
    """How much of a SKU stays for the shop's own counter."""

    sku: Sku
    safety_milli: Annotated[int, Field(strict=True, ge=0, le=10**12)]


class SafetyIn(_In):
    """Safety stock of some SKUs."""

    lines: Annotated[list[SafetyLine], Field(min_length=1, max_length=5000)]


class StockOut(BaseModel):
    """A SKU at a shop."""

    sku: str
    on_hand_milli: int
    held_milli: int
    safety_milli: int
    available_milli: int


class AvailableOut(BaseModel):
    """What the page of a shop shows: what it has here, and what its whole area has."""

    sku: str
    here_milli: int
    area_milli: int


class MoveOut(BaseModel):
    """A row of the ledger."""

    cause_id: UUID
    kind: Kind
    skus: list[str]
    deltas_milli: list[int]
    at: datetime
    note: str


class DifferenceOut(BaseModel):
    """A shop and SKU whose figure is not the sum of its moves."""

    shop_id: UUID
    sku: str
    on_hand_milli: int
    moved_milli: int


WRITTEN_EXAMPLE: dict[str, Any] = {
    "shop_id": "01933f5e-0000-8abc-8def-0123456789ab",
    "change_id": "01933f5e-0000-8abc-8def-0123456789ac",
    "change": {"kind": "counted", "lines": [{"sku": "1029743", "quantity_milli": 12_000}], "note": "night count"},
}


def written_shape() -> dict[str, Any]:
    """What a record of a brand's inbox has to be, as a JSON Schema."""
    return ChangeWritten.model_json_schema()


def read_written(body: bytes) -> ChangeWritten:
    """Read a record of a brand's inbox; raises `Unreadable`."""
    try:
        return ChangeWritten.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Unreadable(where=where or "$", why=first["msg"]) from error


def said_milli_of(body: ChangeIn) -> dict[str, int]:
    """What a change says of each SKU; raises `Unreadable` where it is none that can be made by hand."""
    if body.kind in (Kind.SOLD, Kind.RETURNED):
        raise Unreadable(where="kind", why="only a ticket sells or returns")
    said_milli: dict[str, int] = {}
    for line in body.lines:
        if line.sku in said_milli:
            raise Unreadable(where="lines", why=f"{line.sku} stands there twice")
        said_milli[line.sku] = line.quantity_milli
    return said_milli
