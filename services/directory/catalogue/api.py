"""The catalogue over HTTP."""

from services.directory.catalogue import actions, queries
from services.directory.catalogue.schemas import SavedOut, SkuCode, SkuOut, SkusIn
from shared.auth.caller import ALL_STAFF, HEAD_OFFICE, SERVICE, SHOPPER, TILL
from shared.errors import NotFound, Unreadable
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of

doors = Doors("/directory/v1", "catalogue")


@doors.act("/skus:save", who=HEAD_OFFICE, natural_key="the SKUs")
async def save_skus(body: SkusIn, tx: Answering, who: Who) -> SavedOut:
    """Take SKUs into the catalogue or change them, up to 5,000 a post; what stands so already says nothing."""
    skus = {item.sku: item for item in body.skus}
    if len(skus) < len(body.skus):
        raise Unreadable(where="skus", why="a SKU is named twice")
    saved = await actions.save_skus(tx, who.brand_id, skus)
    return SavedOut(saved=len(saved), unchanged=len(skus) - len(saved))


@doors.read("/skus", who=ALL_STAFF | TILL | SERVICE)
async def list_skus(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[SkuOut]:
    """The whole catalogue."""
    (last,) = keys_of(after, ("",))
    items = [SkuOut(**row) for row in await queries.page(tx, who.brand_id, last, most)]
    return Page(items=items, next=cursor_of(items[-1].sku) if len(items) == most else None)


@doors.read("/skus/{sku}", who=ALL_STAFF | TILL | SHOPPER | SERVICE)
async def read_sku(sku: SkuCode, tx: Reading, who: Who) -> SkuOut:
    """One SKU."""
    row = await queries.read(tx, who.brand_id, sku)
    if row is None:
        raise NotFound(what="SKU")
    return SkuOut(**row)
