"""Every statement about budgets. Rows are locked in the order of their key, after the coupons they count."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from services.campaign.budget.rules import IN_ALL, Counters, Deltas, Place
from shared.db import Tx

_OPEN = """
insert into budget (campaign_id, shop_id) select * from unnest($1::uuid[], $2::uuid[]) order by 1, 2
on conflict do nothing
"""
_LOCK = """
select campaign_id, shop_id, issued, held, held_fen, redeemed, redeemed_fen, overruns, overrun_fen from budget
 where (campaign_id, shop_id) in (select * from unnest($1::uuid[], $2::uuid[]))
 order by campaign_id, shop_id for update
"""
_ADD = """
update budget set issued = budget.issued + more.issued, held = budget.held + more.held,
       held_fen = budget.held_fen + more.held_fen, redeemed = budget.redeemed + more.redeemed,
       redeemed_fen = budget.redeemed_fen + more.redeemed_fen, overruns = budget.overruns + more.overruns,
       overrun_fen = budget.overrun_fen + more.overrun_fen
  from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
              $8::bigint[], $9::bigint[])
    as more (campaign_id, shop_id, issued, held, held_fen, redeemed, redeemed_fen, overruns, overrun_fen)
 where budget.campaign_id = more.campaign_id and budget.shop_id = more.shop_id
"""
_TAKE = """
with standing as (select issued from budget where campaign_id = $1 and shop_id = $2 for update)
update budget set issued = budget.issued + least($3, coalesce($4 - standing.issued, $3))
  from standing where campaign_id = $1 and shop_id = $2
returning budget.issued - standing.issued as taken
"""
_READ = """
select campaign_id, shop_id, issued, held, held_fen, redeemed, redeemed_fen, overruns, overrun_fen from budget
 where campaign_id = any($1::uuid[]) and shop_id = $2
"""


async def lock(tx: Tx, places: Iterable[Place]) -> dict[Place, Counters]:
    """These counters, locked, opened at zero where new."""
    ordered = sorted(set(places))
    campaigns, shops = [place[0] for place in ordered], [place[1] for place in ordered]
    await tx.execute(_OPEN, campaigns, shops)
    rows = await tx.fetch(_LOCK, campaigns, shops)
    return {(row["campaign_id"], row["shop_id"]): Counters(*list(row)[2:]) for row in rows}


async def add(tx: Tx, deltas: Deltas) -> None:
    """Move counters that are locked."""
    places = sorted(place for place, more in deltas.items() if any(more))
    if places:
        columns = zip(*((*place, *deltas[place]) for place in places), strict=True)
        await tx.execute(_ADD, *(list(column) for column in columns))


async def take(tx: Tx, campaign_id: UUID, wanted: int, most_issued: int | None) -> int:
    """Take room for so many coupons, as far as there is any; answers for how many."""
    await tx.execute(_OPEN, [campaign_id], [IN_ALL])
    taken: int = await tx.value(_TAKE, campaign_id, IN_ALL, wanted, most_issued)
    return taken


async def in_all(tx: Tx, campaign_ids: Iterable[UUID]) -> Mapping[UUID, Counters]:
    """The counters of whole campaigns."""
    rows = await tx.fetch(_READ, list(campaign_ids), IN_ALL)
    return {row["campaign_id"]: Counters(*list(row)[2:]) for row in rows}
