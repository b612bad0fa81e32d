"""Every statement about corps."""

from uuid import UUID

from shared.db import Row, Tx

_HOLDER = "select brand_id from corp where corp_id = $1"
_SAVE = """
insert into corp (brand_id, corp_id, sealed, most_members_count, sweep_s) values ($1, $2, $3, $4, $5)
on conflict (brand_id) do update set corp_id = excluded.corp_id, sealed = excluded.sealed,
       most_members_count = excluded.most_members_count, sweep_s = excluded.sweep_s
"""
_DROP_ACCESS = "delete from corp_token where brand_id = $1"
_READ = "select corp_id, sealed, most_members_count, sweep_s, swept_at from corp where brand_id = $1"
_ACCESS = "select sealed from corp_token where brand_id = $1 and good_until_at > now()"
_SAVE_ACCESS = """
insert into corp_token (brand_id, sealed, good_until_at) values ($1, $2, now() + make_interval(secs => $3))
on conflict (brand_id) do update set sealed = excluded.sealed, good_until_at = excluded.good_until_at
"""
_SAVE_STAFF = """
insert into corp_staff (brand_id, userid, shop_id, guide_id) values ($1, $2, $3, $4)
on conflict (brand_id, userid) do update set shop_id = excluded.shop_id, guide_id = excluded.guide_id
"""
_STAFF = """
select userid, shop_id, guide_id from corp_staff where brand_id = $1 and userid > $2 order by userid limit $3
"""
_DUE = """
with due as (
  select brand_id, swept_at from corp where swept_at is null or swept_at + make_interval(secs => sweep_s) <= now()
   order by brand_id limit $1 for update skip locked
)
update corp set swept_at = now() from due where corp.brand_id = due.brand_id
returning corp.brand_id, case when due.swept_at is null then 0 else corp.sweep_s / 2 end as within_s
"""


async def holder(tx: Tx, corp_id: str) -> UUID | None:
    """The brand that has this corp."""
    found: UUID | None = await tx.value(_HOLDER, corp_id)
    return found


async def save(tx: Tx, brand_id: UUID, corp_id: str, box: bytes, limits: tuple[int, int]) -> None:
    """Keep a brand's corp; `limits` are how many a group holds and how often all are read."""
    await tx.execute(_SAVE, brand_id, corp_id, box, *limits)
    await tx.execute(_DROP_ACCESS, brand_id)


async def read(tx: Tx, brand_id: UUID) -> Row | None:
    """A brand's corp."""
    return await tx.first(_READ, brand_id)


async def token(tx: Tx, brand_id: UUID) -> bytes | None:
    """The sealed access token, while it is good."""
    box: bytes | None = await tx.value(_ACCESS, brand_id)
    return box


async def save_token(tx: Tx, brand_id: UUID, box: bytes, good_for_s: int) -> None:
    """Keep an access token for the seconds that it is good."""
    await tx.execute(_SAVE_ACCESS, brand_id, box, good_for_s)


async def save_staff(tx: Tx, brand_id: UUID, userid: str, shop_id: UUID, guide_id: UUID | None) -> None:
    """Keep for which shop somebody stands."""
    await tx.execute(_SAVE_STAFF, brand_id, userid, shop_id, guide_id)


async def staff(tx: Tx, brand_id: UUID, after: str, most: int) -> list[Row]:
    """A page of who stands for which shop."""
    return await tx.fetch(_STAFF, brand_id, after, most)


async def due(tx: Tx, most: int) -> list[Row]:
    """Corps whose groups are due to be read anew; they count as read from now on."""
    return await tx.fetch(_DUE, most)
