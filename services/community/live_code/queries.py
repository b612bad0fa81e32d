"""Every statement about live codes."""

from collections.abc import Sequence
from uuid import UUID

from services.community.look.rules import LEASE_S
from shared.db import Row, Tx

_COLUMNS = """
live_code_id, code, state, kind, leads_to, shop_id, guide_id, channel, cost_fen, config_id, qr_code, targets
"""
_SAVE = """
insert into live_code as kept
       (live_code_id, brand_id, code, state, kind, leads_to, shop_id, guide_id, channel, cost_fen, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())
on conflict (brand_id, code) do update set channel = excluded.channel, cost_fen = excluded.cost_fen, due_at = now()
 where (kept.kind, kept.leads_to, kept.shop_id) = (excluded.kind, excluded.leads_to, excluded.shop_id)
   and kept.guide_id is not distinct from excluded.guide_id
returning live_code_id
"""
_READ = f"select {_COLUMNS} from live_code where brand_id = $1 and code = $2"
_PAGE = f"""
select {_COLUMNS} from live_code
 where brand_id = $1 and code > $2 and ($3::uuid[] is null or shop_id = any($3::uuid[])) order by code limit $4
"""
_COUNTS = """
select (select count(*) from membership where live_code_id = $1) as joins_count,
       (select count(*) from membership where live_code_id = $1 and is_first) as first_joins_count,
       (select count(*) from contact where live_code_id = $1) as contacts_count
"""
_REFRESH = "update live_code set due_at = now(), tries = 0 where brand_id = $1 and shop_id = any($2::uuid[])"
_CLAIM = """
with due as (
  select live_code_id from live_code
   where due_at <= now() and leased_until <= now() order by due_at limit $1 for update skip locked
)
update live_code set leased_until = now() + make_interval(secs => $2), due_at = now() + make_interval(secs => $2),
       claim = claim + 1, tries = tries + 1
  from due where live_code.live_code_id = due.live_code_id
returning live_code.live_code_id, brand_id, state, kind, leads_to, shop_id, guide_id, config_id, qr_code, targets,
          claim, tries, due_at
"""
_CHATS = """
select chat_id, members_count + 1 < most_members_count as has_room
  from wecom_group join corp using (brand_id)
 where brand_id = $1 and shop_id = $2 and dismissed_at is null order by opened_at, chat_id
"""
_KNOWN = "select chat_id from wecom_group where brand_id = $1 and chat_id = any($2::text[])"
_USERIDS = """
select userid from corp_staff where brand_id = $1 and shop_id = $2 and ($3::uuid is null or guide_id = $3)
 order by userid limit $4
"""
_MADE = """
update live_code set config_id = $3, qr_code = $4, targets = $5, tries = 0, leased_until = '-infinity',
       due_at = case when due_at = $6 then null else due_at end
 where live_code_id = $1 and claim = $2
"""
_PUT_OFF = """
update live_code set leased_until = '-infinity', due_at = now() + make_interval(secs => $3 / 1000.0)
 where live_code_id = $1 and claim = $2
"""


async def save(tx: Tx, row: Sequence[object]) -> UUID | None:
    """Keep a live code as it is wanted; none where it is another one already."""
    saved: UUID | None = await tx.value(_SAVE, *row)
    return saved


async def read(tx: Tx, brand_id: UUID, live_code: str) -> Row | None:
    """One live code."""
    return await tx.first(_READ, brand_id, live_code)


async def page(tx: Tx, brand_id: UUID, after: str, shop_ids: Sequence[UUID] | None, most: int) -> list[Row]:
    """A page of live codes, of all shops or of some."""
    return await tx.fetch(_PAGE, brand_id, after, shop_ids, most)


async def counts(tx: Tx, live_code_id: UUID) -> Row:
    """What came by a live code."""
    row = await tx.first(_COUNTS, live_code_id)
    assert row is not None
    return row


async def refresh(tx: Tx, brand_id: UUID, shop_ids: Sequence[UUID]) -> None:
    """Have the codes of these shops looked after."""
    await tx.execute(_REFRESH, brand_id, shop_ids)


async def claim(tx: Tx, most: int) -> list[Row]:
    """Take codes that want looking after and that nobody looks after."""
    return await tx.fetch(_CLAIM, most, LEASE_S)


async def chats(tx: Tx, brand_id: UUID, shop_id: UUID) -> list[Row]:
    """A shop's groups, oldest first, and whether each has room."""
    return await tx.fetch(_CHATS, brand_id, shop_id)


async def known_chats(tx: Tx, brand_id: UUID, chat_ids: Sequence[str]) -> frozenset[str]:
    """Which of these groups somebody has looked at."""
    return frozenset(row["chat_id"] for row in await tx.fetch(_KNOWN, brand_id, chat_ids))


async def userids(tx: Tx, brand_id: UUID, shop_id: UUID, guide_id: UUID | None, most: int) -> list[str]:
    """Who stands for a shop in WeCom, or for one guide of it."""
    return [row["userid"] for row in await tx.fetch(_USERIDS, brand_id, shop_id, guide_id, most)]


async def made(tx: Tx, code: Row, config_id: str, qr_code: str, targets: Sequence[str]) -> None:
    """WeCom has it as it was wanted, unless somebody wanted something else meanwhile."""
    await tx.execute(_MADE, code["live_code_id"], code["claim"], config_id, qr_code, targets, code["due_at"])


async def put_off(tx: Tx, code: Row, wait_ms: int) -> None:
    """Try again after a while."""
    await tx.execute(_PUT_OFF, code["live_code_id"], code["claim"], wait_ms)
