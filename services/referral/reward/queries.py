"""Every statement about rewards, their ledger and waiting sales."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referral.reward.rules import Kind, Posting, Reward, Sale, State
from shared.db import Row, Tx, columns
from shared.events.event import Asked
from shared.ids import new_id

_FIELDS = """reward_id, brand_id, kind, level, inviter_id, invitee_id, ticket_id, whole_fen, back_fen, amount_fen,
       accrued_fen, matured_fen, reversed_fen, state, month_on, accrued_at, matures_at, coupon_id, rule_version,
       cause"""

_INSERT = f"""
insert into reward ({_FIELDS})
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::uuid[], $6::uuid[], $7::uuid[],
                     $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                     $14::text[], $15::date[], $16::timestamptz[], $17::timestamptz[], $18::uuid[], $19::int[],
                     $20::text[])
"""
_SAVE = """
update reward set back_fen = saved.back_fen, accrued_fen = saved.accrued_fen, matured_fen = saved.matured_fen,
       reversed_fen = saved.reversed_fen, state = saved.state
  from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
    as saved (reward_id, back_fen, accrued_fen, matured_fen, reversed_fen, state)
 where reward.reward_id = saved.reward_id
"""
_OF_TICKETS = f"select {_FIELDS} from reward where ticket_id = any($1::uuid[]) order by reward_id for update"
_OF_INVITEES = f"select {_FIELDS} from reward where invitee_id = any($1::uuid[]) order by reward_id for update"
_DUE = f"""
select {_FIELDS} from reward where kind = 'cash' and state = 'accrued' and matures_at <= $1
 order by matures_at limit $2 for update skip locked
"""
_COUPONS = """
select inviter_id, month_on, count(*) as coupons from reward
 where inviter_id = any($1::uuid[]) and kind = 'coupon' and state in ('accrued', 'fulfilled') group by 1, 2
"""
_FULFIL = """
update reward set state = 'fulfilled', coupon_id = issued.coupon_id
  from unnest($1::uuid[], $2::uuid[]) as issued (reward_id, coupon_id)
 where reward.reward_id = issued.reward_id and kind = 'coupon' and state = 'accrued'
"""
_FOLD_INVITERS = """
update reward set inviter_id = into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where inviter_id = from_id
"""
_FOLD_INVITEES = """
update reward set invitee_id = into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where invitee_id = from_id
"""
_FOLD_WAITING = """
update waiting_sale set member_id = into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where member_id = from_id
"""
_READ = f"select {_FIELDS} from reward where brand_id = $1 and reward_id = $2"
_PAGE = f"""
select {_FIELDS} from reward where brand_id = $1 and inviter_id = $2 and reward_id > $3 order by reward_id limit $4
"""
_SUMS = """
select count(*) filter (where kind = 'coupon' and state in ('accrued', 'fulfilled')) as coupons,
       coalesce(sum(accrued_fen), 0)::bigint as accrued_fen, coalesce(sum(matured_fen), 0)::bigint as matured_fen,
       coalesce(sum(reversed_fen), 0)::bigint as reversed_fen
  from reward where brand_id = $1 and inviter_id = $2
"""
_ENTRIES = """
select account, amount_fen, cause, posted_at from ledger_entry where reward_id = $1 order by posting_id, account desc
"""
_UNBALANCED = """
select reward_id, posting_id, sum(amount_fen)::bigint as sum_fen from ledger_entry where brand_id = $1
 group by 1, 2 having sum(amount_fen) <> 0 limit 100
"""
_DRIFTED = """
with posted as (
  select reward_id, coalesce(sum(amount_fen) filter (where account = 'accrued'), 0)::bigint as accrued_fen,
         coalesce(sum(amount_fen) filter (where account = 'matured'), 0)::bigint as matured_fen,
         coalesce(sum(amount_fen) filter (where account = 'reversed'), 0)::bigint as reversed_fen
    from ledger_entry where brand_id = $1 group by reward_id)
select reward_id from (select reward_id, accrued_fen, matured_fen, reversed_fen from reward
                        where brand_id = $1 and kind = 'cash') as kept
  full join posted using (reward_id)
 where (kept.accrued_fen, kept.matured_fen, kept.reversed_fen)
       is distinct from (posted.accrued_fen, posted.matured_fen, posted.reversed_fen) limit 100
"""
_WAIT = """
insert into waiting_sale (ticket_id, brand_id, member_id, sold_at, whole_fen, paid_fen, back_fen, cause, trace)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::text[], $9::text[])
"""
_BACK_WAITING = """
update waiting_sale set back_fen = waiting_sale.back_fen + back.back_fen
  from unnest($1::uuid[], $2::bigint[]) as back (ticket_id, back_fen)
 where waiting_sale.ticket_id = back.ticket_id
"""
_TAKE_WAITING = """
delete from waiting_sale where member_id = any($1::uuid[])
returning ticket_id, brand_id, member_id, sold_at, whole_fen, paid_fen, back_fen, cause, trace
"""
_ENTRY = ("reward_id", "posting_id", "account", "brand_id", "amount_fen", "cause", "posted_at")


async def insert(tx: Tx, rewards: Sequence[Reward]) -> None:
    """Write new rewards."""
    if rewards:
        await tx.execute(_INSERT, *columns(map(astuple, rewards)))


async def save(tx: Tx, rewards: Iterable[Reward]) -> None:
    """Write rewards that are locked, as they now stand."""
    rows = [(r.reward_id, r.back_fen, r.accrued_fen, r.matured_fen, r.reversed_fen, r.state) for r in rewards]
    if rows:
        await tx.execute(_SAVE, *columns(rows))


async def post(tx: Tx, postings: Sequence[Posting]) -> None:
    """Append balanced entries; a posting that moves nothing leaves none."""
    rows = []
    for posting in postings:
        posting_id = new_id()
        rows += [
            (posting.reward.reward_id, posting_id, str(account), posting.reward.brand_id, fen, posting.cause, tx.at)
            for account, fen in posting.entries
            if fen
        ]
    if rows:
        await tx.copy("ledger_entry", _ENTRY, rows)


async def of_tickets(tx: Tx, ticket_ids: Iterable[UUID]) -> list[Reward]:
    """The rebates of these tickets, locked."""
    return [_reward(row) for row in await tx.fetch(_OF_TICKETS, sorted(set(ticket_ids)))]


async def of_invitees(tx: Tx, invitee_ids: Iterable[UUID]) -> list[Reward]:
    """All that these friends brought, locked."""
    return [_reward(row) for row in await tx.fetch(_OF_INVITEES, sorted(set(invitee_ids)))]


async def due(tx: Tx, at: datetime, most: int) -> list[Reward]:
    """Rebates whose return window is over, locked."""
    return [_reward(row) for row in await tx.fetch(_DUE, at, most)]


async def coupons(tx: Tx, inviter_ids: Iterable[UUID]) -> Mapping[tuple[UUID, date], int]:
    """How many coupons these inviters got, by month."""
    rows = await tx.fetch(_COUPONS, sorted(set(inviter_ids)))
    return {(row["inviter_id"], row["month_on"]): row["coupons"] for row in rows}


async def fulfil(tx: Tx, issued: Mapping[UUID, UUID]) -> None:
    """These rewards' coupons were issued."""
    await tx.execute(_FULFIL, list(issued), list(issued.values()))


async def fold(tx: Tx, folded: Mapping[UUID, UUID]) -> None:
    """Rewards and waiting sales follow their person."""
    pairs = (list(folded), list(folded.values()))
    await tx.execute(_FOLD_INVITERS, *pairs)
    await tx.execute(_FOLD_INVITEES, *pairs)
    await tx.execute(_FOLD_WAITING, *pairs)


async def read(tx: Tx, brand_id: UUID, reward_id: UUID) -> Reward | None:
    """One reward."""
    row = await tx.first(_READ, brand_id, reward_id)
    return None if row is None else _reward(row)


async def page(tx: Tx, brand_id: UUID, inviter_id: UUID, after_id: UUID, most: int) -> list[Reward]:
    """An inviter's rewards, oldest first."""
    return [_reward(row) for row in await tx.fetch(_PAGE, brand_id, inviter_id, after_id, most)]


async def sums(tx: Tx, brand_id: UUID, inviter_id: UUID) -> Row:
    """What an inviter has earned in all."""
    row = await tx.first(_SUMS, brand_id, inviter_id)
    assert row is not None
    return row


async def entries(tx: Tx, reward_id: UUID) -> list[Row]:
    """A reward's entries, oldest first."""
    return await tx.fetch(_ENTRIES, reward_id)


async def unbalanced(tx: Tx, brand_id: UUID) -> list[Row]:
    """Postings whose entries are not zero in sum: none, ever."""
    return await tx.fetch(_UNBALANCED, brand_id)


async def drifted(tx: Tx, brand_id: UUID) -> list[UUID]:
    """Rewards that are not the sum of their entries: none, ever."""
    return [row["reward_id"] for row in await tx.fetch(_DRIFTED, brand_id)]


async def wait(tx: Tx, sales: Sequence[Sale]) -> None:
    """Keep sales of friends of whom it is not decided yet whose invitees they are."""
    rows = [(*sale[:7], str(sale.because.event_id), sale.because.trace) for sale in sales]
    if rows:
        await tx.execute(_WAIT, *columns(rows))


async def back_waiting(tx: Tx, back: Mapping[UUID, int]) -> None:
    """Goods of waiting sales came back."""
    await tx.execute(_BACK_WAITING, list(back), list(back.values()))


async def take_waiting(tx: Tx, member_ids: Sequence[UUID]) -> list[Sale]:
    """The waiting sales of these people, which wait no more."""
    rows = await tx.fetch(_TAKE_WAITING, member_ids)
    return [_waited(dict(row)) for row in rows]


def _waited(values: dict[str, Any]) -> Sale:
    because = Asked(values.pop("cause"), values.pop("trace"))
    return Sale(**values, because=because)


def _reward(row: Row) -> Reward:
    return Reward(**dict(row) | {"kind": Kind(row["kind"]), "state": State(row["state"])})
