"""Every statement about holds. The coupon is locked before its hold, always."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from uuid import UUID

from services.campaign.hold.rules import Hold, State
from shared.db import Row, Tx, columns

_FIELDS = "hold_id, brand_id, coupon_id, campaign_id, shop_id, till, discount_fen, expires_at, state"

_READ = f"select {_FIELDS} from coupon_hold where hold_id = any($1::uuid[])"
_INSERT = f"""
insert into coupon_hold ({_FIELDS})
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[],
                     $8::timestamptz[], $9::text[])
"""
_CLOSE = """
update coupon_hold set state = closed.state from unnest($1::uuid[], $2::text[]) as closed (hold_id, state)
 where coupon_hold.hold_id = closed.hold_id and coupon_hold.state = 'held'
"""
_DUE = "select coupon_id from coupon_hold where state = 'held' and expires_at <= $1 order by expires_at limit $2"


async def read(tx: Tx, hold_ids: Sequence[UUID]) -> Mapping[UUID, Hold]:
    """These holds."""
    return {row["hold_id"]: _hold(row) for row in await tx.fetch(_READ, hold_ids)}


async def insert(tx: Tx, holds: Sequence[Hold]) -> None:
    """Write new holds; an id that somebody else used meanwhile raises, and all is done again."""
    if holds:
        await tx.execute(_INSERT, *columns(map(astuple, holds)))


async def close(tx: Tx, holds: Mapping[UUID, State]) -> None:
    """End holds: released, expired or redeemed."""
    if holds:
        await tx.execute(_CLOSE, list(holds), list(holds.values()))


async def due(tx: Tx, at: datetime, most: int) -> list[UUID]:
    """Coupons whose hold ran out."""
    return [row["coupon_id"] for row in await tx.fetch(_DUE, at, most)]


def _hold(row: Row) -> Hold:
    return Hold(**dict(row) | {"state": State(row["state"])})
