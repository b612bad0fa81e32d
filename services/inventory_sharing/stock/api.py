"""Stock over HTTP: managers change it, shoppers see what the area has."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.inventory_sharing.stock import actions, queries
from services.inventory_sharing.stock.schemas import (
    AvailableOut,
    ChangeIn,
    ChangeOut,
    DifferenceOut,
    MoveOut,
    SafetyIn,
    Sku,
    StockOut,
    said_milli_of,
)
from shared.auth.caller import ALL_STAFF, MANAGERS, OPERATOR, SERVICE, SHOPPER, TILL
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import FIRST_ID, After, Page, PageSize, cursor_of, keys_of

doors = Doors("/inventory-sharing/v1", "stock")

Skus = Annotated[list[Sku], Query(min_length=1, max_length=200)]


@doors.act("/shops/{shop_id}/stock-changes/{change_id}", who=MANAGERS, natural_key="change id", method="PUT")
async def change_stock(shop_id: UUID, change_id: UUID, body: ChangeIn, tx: Answering, who: Who) -> ChangeOut:
    """Set, count, adjust, receive or write off stock of a shop."""
    who.must_serve(shop_id)
    said = actions.Change(shop_id, change_id, body.kind, said_milli_of(body), body.note)
    (added_milli,) = await actions.change(tx, who.brand_id, [said])
    return ChangeOut(change_id=change_id, added_milli=dict(added_milli))


@doors.act("/shops/{shop_id}/safety-stock", who=MANAGERS, natural_key="shop and SKU", method="PUT")
async def set_safety(shop_id: UUID, body: SafetyIn, tx: Answering, who: Who) -> SafetyIn:
    """Keep so much of some SKUs for the shop's own counter."""
    who.must_serve(shop_id)
    await actions.set_safety(tx, who.brand_id, shop_id, {line.sku: line.safety_milli for line in body.lines})
    return body


@doors.read("/shops/{shop_id}/stock", who=ALL_STAFF | TILL | SERVICE)
async def list_stock(shop_id: UUID, tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[StockOut]:
    """A shop's stock by SKU."""
    who.must_serve(shop_id)
    (last,) = keys_of(after, ("",))
    items = [StockOut(**row) for row in await queries.page(tx, who.brand_id, shop_id, last, most)]
    return Page(items=items, next=cursor_of(items[-1].sku) if len(items) == most else None)


@doors.read("/shops/{shop_id}/availability", who=SHOPPER | TILL | ALL_STAFF | SERVICE)
async def read_availability(shop_id: UUID, sku: Skus, tx: Reading, who: Who) -> list[AvailableOut]:
    """What a shop's page shows: the stock of all open shops of its area."""
    return [AvailableOut(**row) for row in await queries.area(tx, who.brand_id, shop_id, sku)]


@doors.read("/shops/{shop_id}/stock-moves", who=MANAGERS)
async def list_moves(
    shop_id: UUID, tx: Reading, who: Who, sku: Sku | None = None, after: After = None, most: PageSize = 100
) -> Page[MoveOut]:
    """A shop's ledger of stock."""
    who.must_serve(shop_id)
    place = keys_of(after, (FIRST_ID, ""))
    items = [MoveOut(**row) for row in await queries.ledger(tx, who.brand_id, shop_id, place, sku, most)]
    end = cursor_of(items[-1].cause_id, items[-1].kind) if len(items) == most else None
    return Page(items=items, next=end)


@doors.read("/reconciliation", who=OPERATOR)
async def reconcile(tx: Reading, who: Who) -> list[DifferenceOut]:
    """Where a figure is not the sum of its moves: an empty list, always."""
    return [DifferenceOut(**row) for row in await queries.differences(tx, who.brand_id)]
