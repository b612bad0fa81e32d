"""Every statement about holds. A hold changes only while its member's account is locked."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.member.hold.rules import Hold, HoldState
from services.member.points.rules import Account
from shared.db import Tx

_READ = """
select hold_id, brand_id, shop_id, member_id, points, state, expires_at, ticket_id from points_hold
 where hold_id = any($1::uuid[])
"""
_DUE = """
select hold_id from points_hold where state = 'held' and expires_at <= $1 order by expires_at limit $2
"""
_INSERT = """
insert into points_hold (hold_id, brand_id, shop_id, member_id, points, state, expires_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::timestamptz[])
"""
_SAVE = """
update points_hold set state = new.state, ticket_id = new.ticket_id
  from unnest($1::uuid[], $2::text[], $3::uuid[]) as new (hold_id, state, ticket_id)
 where points_hold.hold_id = new.hold_id
"""
_SAVE_HELD = """
update points_balance set held = new.held from unnest($1::uuid[], $2::bigint[]) as new (member_id, held)
 where points_balance.member_id = new.member_id and
       (new.held <= points_balance.held or new.held <= points_balance.points)
"""


async def read(tx: Tx, hold_ids: Collection[UUID]) -> dict[UUID, Hold]:
    """These holds, as far as there are any."""
    return {
        row["hold_id"]: Hold(**{**row, "state": HoldState(row["state"])})
        for row in await tx.fetch(_READ, list(hold_ids))
    }


async def due(tx: Tx, most: int) -> list[UUID]:
    """Holds whose time is over."""
    return [row["hold_id"] for row in await tx.fetch(_DUE, tx.at, most)]


async def insert(tx: Tx, holds: Sequence[Hold]) -> None:
    """Store new holds. One that another process stored meanwhile raises, and the whole work is done again."""
    columns = zip(*(_row(hold) for hold in holds), strict=True)
    await tx.execute(_INSERT, *(list(column) for column in columns))


def _row(hold: Hold) -> tuple[UUID, UUID, UUID, UUID, int, HoldState, datetime]:
    return hold.hold_id, hold.brand_id, hold.shop_id, hold.member_id, hold.points, hold.state, hold.expires_at


async def save(tx: Tx, holds: Collection[Hold]) -> None:
    """Store what became of holds."""
    changed = sorted(holds, key=lambda hold: hold.hold_id)
    await tx.execute(
        _SAVE,
        [hold.hold_id for hold in changed],
        [hold.state for hold in changed],
        [hold.ticket_id for hold in changed],
    )


async def save_held(tx: Tx, accounts: Mapping[UUID, Account]) -> None:
    """Store how much is held, never more than there is."""
    changed = sorted(accounts.values(), key=lambda account: account.member_id)
    ids, held = [account.member_id for account in changed], [account.held for account in changed]
    count = await tx.execute(_SAVE_HELD, ids, held)
    assert count == len(changed), "more held than there is"
