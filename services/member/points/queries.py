"""Every statement about the ledger; all of them take many members at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.member.points.rules import AGAINST, Account, Movement
from shared.db import Row, Tx, columns
from shared.ids import new_id
from shared.values import Value

_LOCK = """
select member_id, brand_id, points, held, growth from points_balance
 where member_id = any($1::uuid[]) order by member_id for update
"""
_OPEN = """
insert into points_balance (member_id, brand_id)
select member_id, brand_id from unnest($1::uuid[], $2::uuid[]) as new (member_id, brand_id) order by member_id
on conflict do nothing
"""
_LOTS = "select member_id, expires_on, points from points_lot where member_id = any($1::uuid[])"
_SAVE_BALANCES = """
update points_balance set points = new.points, held = new.held, growth = new.growth
  from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) as new (member_id, points, held, growth)
 where points_balance.member_id = new.member_id
"""
_CHANGE_LOTS = """
insert into points_lot (member_id, expires_on, points)
select member_id, expires_on, points
  from unnest($1::uuid[], $2::date[], $3::bigint[]) as change (member_id, expires_on, points)
 order by member_id, expires_on
on conflict (member_id, expires_on) do update set points = points_lot.points + excluded.points
"""
_DROP_LOTS = """
delete from points_lot using unnest($1::uuid[], $2::date[]) as spent (member_id, expires_on)
 where points_lot.member_id = spent.member_id and points_lot.expires_on = spent.expires_on and points_lot.points = 0
"""
_EFFECTS = """
select original_id, brand_id, member_id, kind, points, growth, expires_on, rule_version, tier from points_entry
 where original_id = any($1::uuid[]) and kind in ('earn', 'spend') order by entry_id
"""
_DUE = """
select points_lot.member_id, brand_id from points_lot join points_balance using (member_id)
 where expires_on <= $1 and held = 0 group by points_lot.member_id, brand_id limit $2
"""
_BALANCE = """
select points, held, growth, (select min(expires_on) from points_lot where member_id = $2 and points > 0) as next_on,
       (select points from points_lot where member_id = $2 and points > 0 order by expires_on limit 1) as next_points
  from points_balance where brand_id = $1 and member_id = $2
"""
_OF_ENTRY = (
    "entry_id", "member_id", "kind", "against", "points", "owed", "growth", "ticket_id", "original_id", "event_id",
    "amount_fen", "before_fen", "after_fen", "rule_version", "tier", "remark", "expires_on", "at",
)  # fmt: skip
_PAGE = f"""
select {", ".join(_OF_ENTRY)} from points_entry
 where brand_id = $1 and member_id = $2 and entry_id < $3 order by entry_id desc limit $4
"""
_ENTRY = f"select {', '.join(_OF_ENTRY)} from points_entry where brand_id = $1 and entry_id = $2"
_RECONCILE = """
with entries as (
    select member_id, sum(points) as points, sum(growth) as growth, sum(owed) as owed
      from points_entry where brand_id = $1 group by member_id),
lots as (
    select points_lot.member_id, sum(points_lot.points) as points
      from points_lot join points_balance using (member_id) where brand_id = $1 group by points_lot.member_id),
holds as (
    select member_id, sum(points) as points from points_hold where brand_id = $1 and state = 'held' group by member_id),
members as (
    select coalesce(points_balance.points, 0) as balance, coalesce(entries.points, 0) as entries,
           coalesce(points_balance.held, 0) as held, coalesce(holds.points, 0) as holds,
           greatest(-coalesce(points_balance.points, 0), 0) as owed, coalesce(entries.owed, 0) as owed_entries,
           greatest(coalesce(points_balance.points, 0), 0) as lying, coalesce(lots.points, 0) as lots,
           coalesce(points_balance.growth, 0) as growth, coalesce(entries.growth, 0) as growth_entries
      from (select member_id, points, held, growth from points_balance where brand_id = $1) as points_balance
      full join entries using (member_id) full join lots using (member_id) full join holds using (member_id))
select count(*) as members, coalesce(sum(balance), 0)::bigint as balance, coalesce(sum(entries), 0)::bigint as entries,
       coalesce(sum(lots), 0)::bigint as lots, coalesce(sum(owed), 0)::bigint as owed,
       coalesce(sum(held), 0)::bigint as held, coalesce(sum(growth), 0)::bigint as growth,
       count(*) filter (where balance <> entries or held <> holds or owed <> owed_entries or lying <> lots
                           or growth <> growth_entries) as differing_members
  from members
"""
_ACCOUNTS = """
select against, -sum(points)::bigint as points from points_entry where brand_id = $1 group by against order by against
"""


class Posted(Value, frozen=True):
    """A movement that was made, and by how much it moved the debt."""

    movement: Movement
    owed: int


async def lock_accounts(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, Account]:
    """The accounts of these members, as far as they have any, locked in the order of their ids; without lots."""
    return {
        row["member_id"]: Account(row["member_id"], row["brand_id"], row["points"], row["held"], row["growth"])
        for row in await tx.fetch(_LOCK, list(member_ids))
    }


async def open_accounts(tx: Tx, brands: Mapping[UUID, UUID], takers: Collection[UUID]) -> dict[UUID, Account]:
    """The accounts of these members (with their brands), opened where new; with the lots of `takers`."""
    accounts = await lock_accounts(tx, brands)
    missing = [member_id for member_id in brands if member_id not in accounts]
    if missing:
        await tx.execute(_OPEN, missing, [brands[member_id] for member_id in missing])
        accounts |= await lock_accounts(tx, missing)
    indebted = [account.member_id for account in accounts.values() if account.points < 0]
    if takers or indebted:
        for row in await tx.fetch(_LOTS, [*takers, *indebted]):
            accounts[row["member_id"]].lots[row["expires_on"]] = row["points"]
    return accounts


async def save(tx: Tx, accounts: Collection[Account], posted: Sequence[Posted]) -> None:
    """Store what was moved: the entries, and what they make of balances and lots."""
    await tx.copy("points_entry", ("brand_id", *_OF_ENTRY), [_row(tx, one) for one in posted])
    changed = sorted(accounts, key=lambda account: account.member_id)
    await tx.execute(
        _SAVE_BALANCES,
        [account.member_id for account in changed],
        [account.points for account in changed],
        [account.held for account in changed],
        [account.growth for account in changed],
    )
    changes = [(one.member_id, day, points) for one in changed for day, points in one.lot_changes.items() if points]
    if changes:
        await tx.execute(_CHANGE_LOTS, *columns(changes))
    emptied = [(one.member_id, day) for one in changed for day in one.lot_changes if not one.lots[day]]
    if emptied:
        await tx.execute(_DROP_LOTS, *columns(emptied))


def _row(tx: Tx, posted: Posted) -> tuple[object, ...]:
    move = posted.movement
    return (
        move.brand_id, new_id(), move.member_id, move.kind, AGAINST[move.kind], move.points, posted.owed, move.growth,
        move.ticket_id, move.original_id, move.event_id, move.amount_fen, move.before_fen, move.after_fen,
        move.rule_version, move.tier, move.remark, move.expires_on, tx.at,
    )  # fmt: skip


async def effects(tx: Tx, original_ids: Sequence[UUID]) -> list[Row]:
    """What these sales brought their members and took from them."""
    return await tx.fetch(_EFFECTS, original_ids)


async def due(tx: Tx, on: date, most: int) -> Mapping[UUID, UUID]:
    """Members, with their brands, who have points that are over; not those who stand at a till with a hold."""
    return {row["member_id"]: row["brand_id"] for row in await tx.fetch(_DUE, on, most)}


async def balance(tx: Tx, brand_id: UUID, member_id: UUID) -> Row | None:
    """One member's account, and which of her points are over next."""
    return await tx.first(_BALANCE, brand_id, member_id)


async def page(tx: Tx, brand_id: UUID, member_id: UUID, before: UUID, most: int) -> list[Row]:
    """A member's entries, the newest first."""
    return await tx.fetch(_PAGE, brand_id, member_id, before, most)


async def entry(tx: Tx, brand_id: UUID, entry_id: UUID) -> Row | None:
    """One entry."""
    return await tx.first(_ENTRY, brand_id, entry_id)


async def reconcile(tx: Tx, brand_id: UUID) -> Row:
    """The sums of a brand's ledger, and how many members' sums differ."""
    row = await tx.first(_RECONCILE, brand_id)
    assert row is not None
    return row


async def accounts_of_brand(tx: Tx, brand_id: UUID) -> list[Row]:
    """The brand's own accounts: the other side of all entries."""
    return await tx.fetch(_ACCOUNTS, brand_id)
