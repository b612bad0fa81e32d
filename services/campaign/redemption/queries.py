"""Every statement about overruns, and the sums that must agree."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx

_COLUMNS = ("ticket_id", "coupon_id", "brand_id", "shop_id", "campaign_id", "reason", "discount_fen", "at")

_PAGE = """
select ticket_id, coupon_id, shop_id, campaign_id, reason, discount_fen, at from coupon_overrun
 where brand_id = $1 and shop_id = $2 and (ticket_id, coupon_id) > ($3, $4) order by ticket_id, coupon_id limit $5
"""
_BOOKED = "select ticket_id, coupon_id from coupon_overrun where coupon_id = any($1::uuid[])"
_DIFFERENCES = """
with counted as (
  select campaign_id, count(*) as issued, count(*) filter (where state = 'held') as held,
         count(*) filter (where state = 'redeemed' and not is_overrun) as redeemed,
         coalesce(sum(taken_fen) filter (where state = 'redeemed' and not is_overrun), 0)::bigint as redeemed_fen
    from (select campaign_id, state, taken_fen, exists (select from coupon_overrun overrun
                                    where overrun.ticket_id = coupon.ticket_id
                                      and overrun.coupon_id = coupon.coupon_id) as is_overrun
            from coupon where brand_id = $1) as coupon
   group by campaign_id),
overran as (
  select campaign_id, count(*) as overruns, sum(discount_fen)::bigint as overrun_fen
    from coupon_overrun where brand_id = $1 and campaign_id is not null group by campaign_id),
at_shops as (
  select campaign_id, sum(held)::bigint as held, sum(redeemed)::bigint as redeemed,
         sum(redeemed_fen)::bigint as redeemed_fen
    from budget where shop_id <> $2 group by campaign_id)
select campaign.campaign_code
  from coupon_campaign campaign
  join budget on budget.campaign_id = campaign.campaign_id and budget.shop_id = $2
  left join counted on counted.campaign_id = campaign.campaign_id
  left join overran on overran.campaign_id = campaign.campaign_id
  left join at_shops on at_shops.campaign_id = campaign.campaign_id
 where campaign.brand_id = $1
   and (budget.issued, budget.held, budget.redeemed, budget.redeemed_fen, budget.overruns, budget.overrun_fen,
        budget.held, budget.redeemed, budget.redeemed_fen)
       is distinct from
       (coalesce(counted.issued, 0), coalesce(counted.held, 0), coalesce(counted.redeemed, 0),
        coalesce(counted.redeemed_fen, 0), coalesce(overran.overruns, 0), coalesce(overran.overrun_fen, 0),
        coalesce(at_shops.held, 0), coalesce(at_shops.redeemed, 0), coalesce(at_shops.redeemed_fen, 0))
 order by campaign.campaign_code limit 100
"""


class Overrun(NamedTuple):
    """A row, but for its time."""

    ticket_id: UUID
    coupon_id: UUID
    brand_id: UUID
    shop_id: UUID
    campaign_id: UUID | None
    reason: str
    discount_fen: int


async def append(tx: Tx, overruns: Sequence[Overrun]) -> None:
    """Book what shops gave that nobody had promised."""
    if overruns:
        await tx.copy("coupon_overrun", _COLUMNS, [(*overrun, tx.at) for overrun in overruns])


async def booked(tx: Tx, coupon_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Which uses of these coupons were overruns: ticket and coupon."""
    return {(row["ticket_id"], row["coupon_id"]) for row in await tx.fetch(_BOOKED, coupon_ids)}


async def page(tx: Tx, brand_id: UUID, shop_id: UUID, after: tuple[UUID, UUID], most: int) -> list[Row]:
    """A shop's overruns."""
    return await tx.fetch(_PAGE, brand_id, shop_id, *after, most)


async def differences(tx: Tx, brand_id: UUID, in_all: UUID) -> list[str]:
    """Campaigns whose counters are not what their coupons say: none, ever."""
    return [row["campaign_code"] for row in await tx.fetch(_DIFFERENCES, brand_id, in_all)]
