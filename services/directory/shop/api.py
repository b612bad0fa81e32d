"""Shops and tills over HTTP."""

from uuid import UUID

from services.directory.brand.schemas import Code
from services.directory.credential import queries as credentials
from services.directory.credential.schemas import CredentialOut, IssuedOut
from services.directory.shop import actions, queries
from services.directory.shop.schemas import (
    MostNear,
    NearLatitude,
    NearLongitude,
    NearShopOut,
    ShopIn,
    ShopOut,
    TillOut,
)
from shared.auth.caller import ALL_STAFF, EVERY_CALLER, HEAD_OFFICE, MANAGERS, SERVICE, SHOPPER, TILL
from shared.errors import NotFound
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import MOST_ON_PAGE, After, Page, PageSize, cursor_of, keys_of

doors = Doors("/directory/v1", "shop")


@doors.act("/shops/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_shop(code: Code, body: ShopIn, tx: Answering, who: Who) -> ShopOut:
    """Open a shop or change it; saved the same again, it says nothing."""
    outcome = await actions.save_shops(tx, who.brand_id, {code: body})
    for refusal in outcome.refused.values():
        raise refusal
    row = await queries.by_code(tx, who.brand_id, code)
    assert row is not None
    return ShopOut(**row)


@doors.read("/shops", who=ALL_STAFF | SERVICE)
async def list_shops(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[ShopOut]:
    """The shops that the caller serves, by code."""
    (last,) = keys_of(after, ("",))
    items = [ShopOut(**row) for row in await queries.page(tx, who.brand_id, last, who.shop_ids, most)]
    return Page(items=items, next=cursor_of(items[-1].code) if len(items) == most else None)


@doors.read("/shops:near", who=SHOPPER | TILL | ALL_STAFF | SERVICE)
async def list_near_shops(
    longitude_e6: NearLongitude, latitude_e6: NearLatitude, tx: Reading, who: Who, most: MostNear = 10
) -> list[NearShopOut]:
    """The open shops nearest to a position."""
    return [NearShopOut(**row) for row in await queries.near(tx, who.brand_id, longitude_e6, latitude_e6, most)]


@doors.read("/shops/{shop_id}", who=EVERY_CALLER)
async def read_shop(shop_id: UUID, tx: Reading, who: Who) -> ShopOut:
    """One shop."""
    row = await queries.read(tx, who.brand_id, shop_id)
    if row is None:
        raise NotFound(what="shop")
    return ShopOut(**row)


@doors.act("/shops/{shop_id}/tills/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_till(shop_id: UUID, code: Code, tx: Answering, who: Who) -> TillOut:
    """A till of a shop."""
    return TillOut(**await actions.save_till(tx, who.brand_id, shop_id, code))


@doors.read("/shops/{shop_id}/tills", who=MANAGERS | SERVICE)
async def list_tills(shop_id: UUID, tx: Reading, who: Who) -> list[TillOut]:
    """The tills of a shop."""
    who.must_serve(shop_id)
    return [TillOut(**row) for row in await queries.tills(tx, who.brand_id, shop_id, MOST_ON_PAGE)]


@doors.act(
    "/tills/{till_id}/credentials",
    who=MANAGERS,
    natural_key="none: each is another one, and what is not used is revoked",
    status_code=201,
)
async def issue_till_credential(till_id: UUID, tx: Answering, who: Who) -> IssuedOut:
    """A device credential for a till; the secret is shown this once."""
    issued = await actions.issue_till_credential(tx, who, till_id)
    return IssuedOut(credential_id=issued.credential_id, secret=issued.secret)


@doors.read("/tills/{till_id}/credentials", who=MANAGERS)
async def list_till_credentials(till_id: UUID, tx: Reading, who: Who) -> list[CredentialOut]:
    """What a till signs in by, without the secrets."""
    till = await queries.till(tx, who.brand_id, till_id)
    if till is None:
        raise NotFound(what="till")
    who.must_serve(till["shop_id"])
    rows = await credentials.page(tx, who.brand_id, till_id, UUID(int=0), MOST_ON_PAGE)
    return [CredentialOut(**row) for row in rows]
