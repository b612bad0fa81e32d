"""Opening and changing shops, and giving them their tills."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.directory.credential import actions as credential
from services.directory.credential.queries import Holder
from services.directory.credential.rules import Kind as Proven
from services.directory.division import queries as division
from services.directory.division.rules import Kind, UnknownCode
from services.directory.partner import queries as partner
from services.directory.shop import queries
from services.directory.shop.queries import ShopRow
from services.directory.shop.rules import Outcome
from services.directory.shop.schemas import ShopIn
from shared.auth.caller import Caller
from shared.db import Row, Tx
from shared.errors import NotFound, Refusal
from shared.events.directory import ShopSaved
from shared.ids import new_id

_UNSAID = frozenset({"hours", "deliveries_per_hour"})


@dataclass(frozen=True)
class Around:
    """What codes lead to in one brand."""

    divisions: Mapping[tuple[str, str], UUID]
    partners: Mapping[str, UUID]

    def division_id(self, kind: Kind, named: str | None) -> UUID | None:
        """The division of a code; raises `UnknownCode`."""
        if named is None:
            return None
        if (kind, named) not in self.divisions:
            raise UnknownCode(what=str(kind), named=named)
        return self.divisions[kind, named]

    def partner_id(self, named: str | None) -> UUID | None:
        """The partner of a code; raises `UnknownCode`."""
        if named is None:
            return None
        if named not in self.partners:
            raise UnknownCode(what="partner", named=named)
        return self.partners[named]


async def save_shops(tx: Tx, brand_id: UUID, shops: Mapping[str, ShopIn]) -> Outcome:
    """Keep shops by their code; says those that are new or changed. One that leads nowhere holds up no other."""
    around = await _look_around(tx, brand_id, shops)
    rows, refused = [], {}
    for shop_code, shop in shops.items():
        try:
            rows.append(_row(shop_code, shop, around))
        except Refusal as refusal:
            refused[shop_code] = refusal
    changed = await queries.save(tx, brand_id, rows)
    for row in changed:
        facts = {name: fact for name, fact in row.items() if name not in _UNSAID}
        tx.emit(ShopSaved(brand_id=brand_id, **facts))
    return Outcome(frozenset(row["code"] for row in changed), refused)


async def save_till(tx: Tx, brand_id: UUID, shop_id: UUID, till_code: str) -> Row:
    """The shop has a till with this code."""
    if await queries.read(tx, brand_id, shop_id) is None:
        raise NotFound(what="shop")
    return await queries.save_till(tx, brand_id, shop_id, till_code)


async def issue_till_credential(tx: Tx, who: Caller, till_id: UUID) -> credential.Issued:
    """What a till signs in by: for that till, at that shop."""
    till = await queries.till(tx, who.brand_id, till_id)
    if till is None:
        raise NotFound(what="till")
    who.must_serve(till["shop_id"])
    return await credential.issue(tx, Holder(who.brand_id, Proven.TILL, till_id, till["shop_id"]))


async def _look_around(tx: Tx, brand_id: UUID, shops: Mapping[str, ShopIn]) -> Around:
    divisions = {named for shop in shops.values() for named in (shop.region, shop.branch, shop.area) if named}
    partners = {shop.partner for shop in shops.values() if shop.partner}
    return Around(
        await division.ids(tx, brand_id, sorted(divisions)) if divisions else {},
        await partner.ids(tx, brand_id, sorted(partners)) if partners else {},
    )


def _row(shop_code: str, shop: ShopIn, around: Around) -> ShopRow:
    return ShopRow(
        shop_id=new_id(),
        code=shop_code,
        name=shop.name,
        region_id=around.division_id(Kind.REGION, shop.region),
        branch_id=around.division_id(Kind.BRANCH, shop.branch),
        area_id=around.division_id(Kind.AREA, shop.area),
        partner_id=around.partner_id(shop.partner),
        zone=shop.zone,
        cutover_minutes=shop.cutover_minutes,
        longitude_e6=shop.longitude_e6,
        latitude_e6=shop.latitude_e6,
        hours=" ".join(shop.hours),
        deliveries_per_hour=shop.deliveries_per_hour,
        is_open=shop.is_open,
    )
