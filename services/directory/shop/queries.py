"""Every statement about shops and tills."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx, columns
from shared.ids import new_id

_COLUMNS = """
shop_id, code, name, region_id, branch_id, area_id, partner_id, zone, cutover_minutes, longitude_e6, latitude_e6,
hours, deliveries_per_hour, is_open, version
"""
# Hours travel as one text a shop, for an array of arrays would have to be square.
_SAVE = f"""
insert into shop (brand_id, shop_id, code, name, region_id, branch_id, area_id, partner_id, zone, cutover_minutes,
                  longitude_e6, latitude_e6, hours, deliveries_per_hour, is_open, version)
select $1, new.shop_id, new.code, new.name, new.region_id, new.branch_id, new.area_id, new.partner_id, new.zone,
       new.cutover_minutes, new.longitude_e6, new.latitude_e6, string_to_array(new.hours, ' '),
       new.deliveries_per_hour, new.is_open, 1
  from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::text[],
              $10::int[], $11::int[], $12::int[], $13::text[], $14::int[], $15::bool[])
       as new (shop_id, code, name, region_id, branch_id, area_id, partner_id, zone, cutover_minutes, longitude_e6,
               latitude_e6, hours, deliveries_per_hour, is_open)
on conflict (brand_id, code) do update
   set name = excluded.name, region_id = excluded.region_id, branch_id = excluded.branch_id,
       area_id = excluded.area_id, partner_id = excluded.partner_id, zone = excluded.zone,
       cutover_minutes = excluded.cutover_minutes, longitude_e6 = excluded.longitude_e6,
       latitude_e6 = excluded.latitude_e6, hours = excluded.hours,
       deliveries_per_hour = excluded.deliveries_per_hour, is_open = excluded.is_open, version = shop.version + 1
 where (shop.name, shop.region_id, shop.branch_id, shop.area_id, shop.partner_id, shop.zone, shop.cutover_minutes,
        shop.longitude_e6, shop.latitude_e6, shop.hours, shop.deliveries_per_hour, shop.is_open)
       is distinct from
       (excluded.name, excluded.region_id, excluded.branch_id, excluded.area_id, excluded.partner_id, excluded.zone,
        excluded.cutover_minutes, excluded.longitude_e6, excluded.latitude_e6, excluded.hours,
        excluded.deliveries_per_hour, excluded.is_open)
returning {_COLUMNS}
"""
_READ = f"select {_COLUMNS} from shop where brand_id = $1 and shop_id = $2"
_BY_CODE = f"select {_COLUMNS} from shop where brand_id = $1 and code = $2"
_IDS = "select code, shop_id from shop where brand_id = $1 and code = any($2::text[])"
_PAGE = f"""
select {_COLUMNS} from shop
 where brand_id = $1 and code > $2 and ($3::uuid[] is null or shop_id = any($3)) order by code limit $4
"""
# The great circle (haversine), on the mean radius of the earth.
_METRES = """
12742017.6 * asin(least(1, sqrt(
  sin(radians((latitude_e6 - $3::int) / 2e6)) ^ 2
  + cos(radians(latitude_e6 / 1e6)) * cos(radians($3::int / 1e6)) * sin(radians((longitude_e6 - $2::int) / 2e6)) ^ 2
)))
"""
# The index knows flat degrees, in which a degree of longitude is too long. So: the nearest by the index first;
# then whatever lies in the box around the farthest of those, which holds every shop that is truly nearer.
_NEAR = f"""
with flat as (
  select {_METRES} as metres from shop where brand_id = $1 and is_open
   order by point(longitude_e6, latitude_e6) <-> point($2::int, $3::int) limit $4
), reach as (
  select 1e6 * degrees(max(metres) * 1.001 / 6371008.8) as north_e6 from flat
), corner as (
  select north_e6, north_e6 / greatest(0.001, cos(radians(least(89.9, abs($3::int / 1e6) + north_e6 / 1e6)))) as east_e6
    from reach
)
select {_COLUMNS}, round({_METRES})::bigint as metres from shop
 where brand_id = $1 and is_open and point(longitude_e6, latitude_e6) <@ (
         select box(point($2::int - east_e6 - 1, $3::int - north_e6 - 1),
                    point($2::int + east_e6 + 1, $3::int + north_e6 + 1)) from corner)
 order by {_METRES}, shop_id limit $4
"""
_SAVE_TILL = """
insert into till (till_id, brand_id, shop_id, code) values ($1, $2, $3, $4)
on conflict (shop_id, code) do update set code = excluded.code returning till_id, shop_id, code
"""
_TILL = "select till_id, shop_id, code from till where brand_id = $1 and till_id = $2"
_TILLS = "select till_id, shop_id, code from till where brand_id = $1 and shop_id = $2 order by code limit $3"


class ShopRow(NamedTuple):
    """A shop to be kept, in the order of the statement; its id counts if the code is new."""

    shop_id: UUID
    code: str
    name: str
    region_id: UUID | None
    branch_id: UUID | None
    area_id: UUID | None
    partner_id: UUID | None
    zone: str
    cutover_minutes: int
    longitude_e6: int
    latitude_e6: int
    hours: str
    deliveries_per_hour: int
    is_open: bool


async def save(tx: Tx, brand_id: UUID, rows: Sequence[ShopRow]) -> list[Row]:
    """Keep shops, none twice; answers those that are new or changed."""
    if not rows:
        return []
    ranked = sorted(rows, key=lambda row: row.code)
    return await tx.fetch(_SAVE, brand_id, *columns(ranked))


async def read(tx: Tx, brand_id: UUID, shop_id: UUID) -> Row | None:
    """One shop."""
    return await tx.first(_READ, brand_id, shop_id)


async def by_code(tx: Tx, brand_id: UUID, code: str) -> Row | None:
    """The shop with this code."""
    return await tx.first(_BY_CODE, brand_id, code)


async def ids(tx: Tx, brand_id: UUID, codes: Sequence[str]) -> Mapping[str, UUID]:
    """The ids behind codes."""
    return {row["code"]: row["shop_id"] for row in await tx.fetch(_IDS, brand_id, codes)}


async def page(tx: Tx, brand_id: UUID, after: str, shop_ids: frozenset[UUID] | None, most: int) -> list[Row]:
    """Shops by code; of these ids only, where there are any given."""
    return await tx.fetch(_PAGE, brand_id, after, None if shop_ids is None else list(shop_ids), most)


async def near(tx: Tx, brand_id: UUID, longitude_e6: int, latitude_e6: int, most: int) -> list[Row]:
    """The open shops nearest to a position, with their distance."""
    return await tx.fetch(_NEAR, brand_id, longitude_e6, latitude_e6, most)


async def save_till(tx: Tx, brand_id: UUID, shop_id: UUID, code: str) -> Row:
    """Keep a till by its code; answers it."""
    return await tx.first(_SAVE_TILL, new_id(), brand_id, shop_id, code)


async def till(tx: Tx, brand_id: UUID, till_id: UUID) -> Row | None:
    """One till."""
    return await tx.first(_TILL, brand_id, till_id)


async def tills(tx: Tx, brand_id: UUID, shop_id: UUID, most: int) -> list[Row]:
    """The tills of a shop."""
    return await tx.fetch(_TILLS, brand_id, shop_id, most)
