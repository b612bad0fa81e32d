"""The prompt's one read, and the note of who was asked. Both take many at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.community.prompt.rules import Asked, HandOver, Standing
from shared.db import Row, Tx

# Laterals with a limit, so that each question costs a few index look-ups however large the tables are.
_STANDINGS = """
select who.person_id, coalesce(who.is_member, false) as is_member, coalesce(been.is_in_group, false) as is_in_group,
       known.is_contact is not null as is_contact, first.person_id is not null as has_ever_joined, been.last_joined_at,
       prompt.last_prompted_at, group_code.code as group_code, group_code.qr_code as group_qr_code,
       staff_code.code as staff_code, staff_code.qr_code as staff_qr_code, coalesce(offer.discount_fen, 0) as offer_fen
  from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as asked (brand_id, shop_id, lookup, position)
  left join lateral (
    select person_id, is_member from identity where identity.lookup = asked.lookup limit 1
  ) as who on true
  left join lateral (
    select max(membership.joined_at) as last_joined_at,
           bool_or(left_at is null and wecom_group.shop_id = asked.shop_id) as is_in_group
      from membership join wecom_group using (group_id) where membership.person_id = who.person_id
  ) as been on true
  left join lateral (
    select true as is_contact from contact where contact.person_id = who.person_id and removed_at is null limit 1
  ) as known on true
  left join lateral (
    select person_id from first_join
     where first_join.brand_id = asked.brand_id and first_join.person_id = who.person_id limit 1
  ) as first on true
  left join lateral (
    select last_prompted_at from prompt
     where prompt.brand_id = asked.brand_id and prompt.person_id = who.person_id limit 1
  ) as prompt on true
  left join lateral (
    select code, qr_code from live_code
     where live_code.shop_id = asked.shop_id and live_code.brand_id = asked.brand_id and kind = 'shop'
       and leads_to = 'group' and qr_code is not null order by live_code_id limit 1
  ) as group_code on true
  left join lateral (
    select code, qr_code from live_code
     where live_code.shop_id = asked.shop_id and live_code.brand_id = asked.brand_id and kind = 'shop'
       and leads_to = 'staff' and qr_code is not null order by live_code_id limit 1
  ) as staff_code on true
  left join lateral (
    select discount_fen from join_offer where join_offer.brand_id = asked.brand_id and is_open limit 1
  ) as offer on true
 order by asked.position
"""
_RECORD = """
insert into prompt (brand_id, person_id, last_prompted_at, times)
select brand_id, person_id, max(at), count(*)::int
  from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as shown (brand_id, person_id, at)
 group by brand_id, person_id order by brand_id, person_id
on conflict (brand_id, person_id) do update set times = prompt.times + excluded.times,
       last_prompted_at = greatest(prompt.last_prompted_at, excluded.last_prompted_at)
"""


async def standings(tx: Tx, asked: Sequence[Asked]) -> list[Standing]:
    """What is known around each question, in the order of asking."""
    columns = [one.brand_id for one in asked], [one.shop_id for one in asked], [one.lookup for one in asked]
    return [_standing(row) for row in await tx.fetch(_STANDINGS, *columns)]


def _standing(row: Row) -> Standing:
    *known, group_code, group_qr_code, staff_code, staff_qr_code, offer_fen = row
    group = HandOver(group_code, group_qr_code) if group_code else None
    staff = HandOver(staff_code, staff_qr_code) if staff_code else None
    values = (*known, group, staff, offer_fen)
    return Standing(*values)


async def record(tx: Tx, shown: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Note who was asked: brand, person, time."""
    await tx.execute(_RECORD, *(list(column) for column in zip(*shown, strict=True)))
