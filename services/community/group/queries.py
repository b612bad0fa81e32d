"""Every statement about groups and memberships; all of them take many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx, columns
from shared.ids import new_id

_KNOWN = """
select group_id, chat_id, shop_id, member_version, members_count, name, owner_userid, dismissed_at
  from wecom_group where brand_id = $1 and chat_id = any($2::text[])
"""
_SAVE = """
insert into wecom_group (group_id, brand_id, chat_id, name, owner_userid, shop_id, member_version, members_count,
                         opened_at, dismissed_at, seen_at)
select seen.group_id, $1, seen.chat_id, seen.name, seen.owner_userid, corp_staff.shop_id, seen.member_version,
       seen.members_count, seen.opened_at, seen.dismissed_at, $2
  from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::timestamptz[],
              $10::timestamptz[])
       as seen (group_id, chat_id, name, owner_userid, member_version, members_count, opened_at, dismissed_at)
  left join corp_staff on corp_staff.brand_id = $1 and corp_staff.userid = seen.owner_userid
 order by seen.chat_id
on conflict (brand_id, chat_id) do update set name = excluded.name, owner_userid = excluded.owner_userid,
       shop_id = coalesce(excluded.shop_id, wecom_group.shop_id), member_version = excluded.member_version,
       members_count = excluded.members_count, seen_at = excluded.seen_at,
       dismissed_at = coalesce(wecom_group.dismissed_at, excluded.dismissed_at)
returning group_id, chat_id, shop_id
"""
_HERE = """
select group_id, membership_id, lookup, joined_at from membership
 where group_id = any($1::uuid[]) and left_at is null order by membership_id
"""
_LAST_LEFT = """
select membership.group_id, membership.lookup, max(coalesce(left_at, 'infinity')) as left_at
  from unnest($1::uuid[], $2::uuid[]) as asked (group_id, lookup)
  join membership on membership.group_id = asked.group_id and membership.lookup = asked.lookup
 group by membership.group_id, membership.lookup
"""
_FIRST = """
insert into first_join (brand_id, person_id, membership_id, joined_at)
select $1, * from unnest($2::uuid[], $3::uuid[], $4::timestamptz[])
on conflict (brand_id, person_id) do nothing returning membership_id
"""
_LEAVE = """
update membership set left_at = gone.left_at from unnest($1::uuid[], $2::timestamptz[]) as gone (membership_id, left_at)
 where membership.membership_id = gone.membership_id
"""
_JOIN = """
insert into membership (membership_id, brand_id, group_id, lookup, person_id, live_code_id, is_first, joined_at,
                        left_at, cause)
select membership_id, $1, group_id, lookup, person_id, live_code_id, is_first, joined_at, left_at, cause
  from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bool[], $8::timestamptz[],
              $9::timestamptz[], $10::text[])
       as fresh (membership_id, group_id, lookup, person_id, live_code_id, is_first, joined_at, left_at, cause)
"""
_LIVE_CODES = "select state, live_code_id from live_code where brand_id = $1 and state = any($2::text[])"
_OPEN_CHATS = "select chat_id from wecom_group where brand_id = $1 and dismissed_at is null"
_CHATS_OF = "select chat_id from wecom_group where brand_id = $1 and owner_userid = $2 and dismissed_at is null"
_PAGE = """
select group_id, chat_id, name, owner_userid, shop_id, members_count, member_version, opened_at, seen_at, dismissed_at
  from wecom_group
 where brand_id = $1 and group_id > $2 and ($3::uuid[] is null or shop_id = any($3::uuid[])) order by group_id limit $4
"""
_READ = "select group_id, shop_id from wecom_group where brand_id = $1 and group_id = $2"
_MEMBERS = """
select membership_id, person_id, live_code_id, is_first, joined_at from membership
 where group_id = $1 and left_at is null and membership_id > $2 order by membership_id limit $3
"""
_MEMBERSHIP = """
select membership_id, membership.person_id, group_id, membership.live_code_id, is_first, joined_at, left_at, cause,
       wecom_group.shop_id, wecom_group.name as group_name, live_code.code as live_code, channel,
       last_prompted_at as prompted_at
  from membership join wecom_group using (group_id)
  left join live_code on live_code.live_code_id = membership.live_code_id
  left join prompt on prompt.brand_id = membership.brand_id and prompt.person_id = membership.person_id
                  and last_prompted_at <= joined_at
 where membership.brand_id = $1 and membership_id = $2
"""
_SAID = """
select convert_from(body, 'UTF8')::json ->> 'membership_id' as membership_id from log
 where event_id = $1 and type = 'community.membership.joined.v1'
"""
_FOLD_MEMBERSHIPS = """
update membership set person_id = folded.into_id
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where membership.person_id = folded.from_id
"""
_FOLD_FIRST = """
with gone as (
  delete from first_join using unnest($1::uuid[], $2::uuid[], $3::uuid[]) as folded (brand_id, from_id, into_id)
   where first_join.brand_id = folded.brand_id and first_join.person_id = folded.from_id
  returning first_join.brand_id, into_id, membership_id, joined_at
)
insert into first_join as kept (brand_id, person_id, membership_id, joined_at)
select distinct on (brand_id, into_id) brand_id, into_id, membership_id, joined_at from gone
 order by brand_id, into_id, joined_at, membership_id
on conflict (brand_id, person_id) do update set membership_id = excluded.membership_id, joined_at = excluded.joined_at
 where (excluded.joined_at, excluded.membership_id) < (kept.joined_at, kept.membership_id)
"""


class GroupRow(NamedTuple):
    """A group as it was seen, in the order of the statement."""

    chat_id: str
    name: str
    owner_userid: str
    member_version: str | None
    members_count: int
    opened_at: datetime
    dismissed_at: datetime | None


class MembershipRow(NamedTuple):
    """A membership, in the order of the statement; `left_at` for whoever came and went unseen."""

    membership_id: UUID
    group_id: UUID
    lookup: UUID
    person_id: UUID
    live_code_id: UUID | None
    is_first: bool
    joined_at: datetime
    left_at: datetime | None
    cause: str


async def known(tx: Tx, brand_id: UUID, chat_ids: Sequence[str]) -> Mapping[str, Row]:
    """Those of these groups that are stored, by chat."""
    return {row["chat_id"]: row for row in await tx.fetch(_KNOWN, brand_id, chat_ids)}


async def save(tx: Tx, brand_id: UUID, groups: Sequence[GroupRow]) -> Mapping[str, Row]:
    """Keep groups as they were seen, each the shop's for which its owner stands; answers id and shop by chat."""
    rows = await tx.fetch(_SAVE, brand_id, tx.at, [new_id() for _ in groups], *columns(groups))
    return {row["chat_id"]: row for row in rows}


async def here(tx: Tx, group_ids: Sequence[UUID]) -> list[Row]:
    """Everybody who is in these groups."""
    return await tx.fetch(_HERE, group_ids)


async def last_left(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], datetime]:
    """When each of these last left her group; those who were never in it are missing."""
    rows = await tx.fetch(_LAST_LEFT, *columns(pairs)) if pairs else []
    return {(row["group_id"], row["lookup"]): row["left_at"] for row in rows}


async def take_first(tx: Tx, brand_id: UUID, rows: Sequence[tuple[UUID, UUID, datetime]]) -> frozenset[UUID]:
    """Of these joins (person, membership, time), sorted, the memberships that are somebody's first of the brand."""
    return frozenset(row["membership_id"] for row in await tx.fetch(_FIRST, brand_id, *columns(rows)))


async def join(tx: Tx, brand_id: UUID, rows: Sequence[MembershipRow]) -> None:
    """Store who joined."""
    await tx.execute(_JOIN, brand_id, *columns(rows))


async def leave(tx: Tx, left: Sequence[tuple[UUID, datetime]]) -> None:
    """Store who left, and when."""
    await tx.execute(_LEAVE, *columns(sorted(left)))


async def live_codes(tx: Tx, brand_id: UUID, states: Sequence[str]) -> Mapping[str, UUID]:
    """The live codes that these states name."""
    return {row["state"]: row["live_code_id"] for row in await tx.fetch(_LIVE_CODES, brand_id, states)}


async def open_chats(tx: Tx, brand_id: UUID) -> list[str]:
    """The chats of all groups that were not dismissed."""
    return [row["chat_id"] for row in await tx.fetch(_OPEN_CHATS, brand_id)]


async def chats_of(tx: Tx, brand_id: UUID, userid: str) -> list[str]:
    """The chats that somebody owns."""
    return [row["chat_id"] for row in await tx.fetch(_CHATS_OF, brand_id, userid)]


async def page(tx: Tx, brand_id: UUID, after: UUID, shop_ids: Sequence[UUID] | None, most: int) -> list[Row]:
    """A page of groups, of all shops or of some."""
    return await tx.fetch(_PAGE, brand_id, after, shop_ids, most)


async def read(tx: Tx, brand_id: UUID, group_id: UUID) -> Row | None:
    """One group's shop."""
    return await tx.first(_READ, brand_id, group_id)


async def members(tx: Tx, group_id: UUID, after: UUID, most: int) -> list[Row]:
    """A page of who is in a group."""
    return await tx.fetch(_MEMBERS, group_id, after, most)


async def membership(tx: Tx, brand_id: UUID, membership_id: UUID) -> Row | None:
    """One membership with its group, the live code that led there, and when a till last prompted her before."""
    return await tx.first(_MEMBERSHIP, brand_id, membership_id)


async def membership_said(tx: Tx, brand_id: UUID, event_id: UUID) -> Row | None:
    """The membership that an event of ours told of."""
    said = await tx.first(_SAID, event_id)
    return None if said is None else await membership(tx, brand_id, UUID(said["membership_id"]))


async def fold(tx: Tx, folds: Sequence[tuple[UUID, UUID, UUID]]) -> None:
    """What was the one person's is the other's (brand, from, into); of two first joins the earlier stays."""
    brand_ids, from_ids, into_ids = columns(folds)
    await tx.execute(_FOLD_MEMBERSHIPS, from_ids, into_ids)
    await tx.execute(_FOLD_FIRST, brand_ids, from_ids, into_ids)
