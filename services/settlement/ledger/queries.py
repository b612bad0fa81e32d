"""Every statement about the ledger."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.settlement.ledger.rules import Posting
from services.settlement.split.rules import Account, Share
from shared.db import Row, Tx, columns
from shared.events.event import Event, Heard

_COLUMNS = (
    "ticket_id",
    "kind",
    "brand_id",
    "shop_id",
    "original_id",
    "business_on",
    "total_fen",
    "accounts",
    "party_ids",
    "rules",
    "amounts_fen",
    "event_id",
    "posted_at",
)

# Summed and sorted here: rows are locked in one order by everybody, and Python compares no ids.
_ADD = """
insert into account_day (brand_id, account, party_id, business_on, shop_id, amount_fen)
select brand_id, entry.account, entry.party_id, business_on, shop_id, sum(entry.amount_fen)::bigint
  from unnest($1::uuid[], $2::text[]) as posted (ticket_id, kind) join posting using (ticket_id, kind)
 cross join lateral unnest(accounts, party_ids, amounts_fen) as entry (account, party_id, amount_fen)
 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
on conflict (brand_id, account, party_id, business_on, shop_id)
   do update set amount_fen = account_day.amount_fen + excluded.amount_fen
"""
_PAID = """
select ticket_id, brand_id, shop_id, business_on, total_fen, accounts, party_ids, rules, amounts_fen
  from posting where ticket_id = any($1::uuid[]) and kind = 'paid'
"""
_OF_TICKET = """
select ticket_id, kind, shop_id, original_id, business_on, total_fen, accounts, party_ids, rules, amounts_fen, event_id,
       posted_at
  from posting where brand_id = $1 and (ticket_id = $2 or original_id = $2) order by posted_at, ticket_id
"""
_BALANCES = """
select account, party_id, partner.code as partner_code, sum(amount_fen)::bigint as amount_fen
  from account_day left join partner on partner.partner_id = account_day.party_id
 where account_day.brand_id = $1 and ($2::uuid is null or (party_id = $2 and account <> 'takings'))
   and business_on between $3 and $4
 group by account, party_id, partner.code order by account, party_id
"""
_DAYS = """
select account, business_on, shop_id, amount_fen from account_day
 where brand_id = $1 and party_id = $2 and account <> 'takings' and business_on between $3 and $4
   and (account, business_on, shop_id) > ($5, $6, $7)
 order by account, business_on, shop_id limit $8
"""
_UNBALANCED = """
select ticket_id, kind, total_fen, entries.sum_fen, entries.shares_fen
  from posting cross join lateral (
    select sum(amount_fen)::bigint as sum_fen,
           coalesce(sum(amount_fen) filter (where account <> 'takings'), 0)::bigint as shares_fen
      from unnest(accounts, amounts_fen) as entry (account, amount_fen)) as entries
 where brand_id = $1 and (entries.sum_fen <> 0 or entries.shares_fen <> total_fen) limit 100
"""
_UNBALANCED_DAYS = """
select count(*) from (
  select from account_day where business_on >= $1
   group by brand_id, business_on, shop_id having sum(amount_fen) <> 0) as unbalanced
"""
_DRIFTED = """
with posted as (
  select entry.account, entry.party_id, business_on, shop_id, sum(entry.amount_fen)::bigint as posted_fen
    from posting cross join lateral unnest(accounts, party_ids, amounts_fen) as entry (account, party_id, amount_fen)
   where brand_id = $1 group by 1, 2, 3, 4)
select account, party_id, business_on, shop_id, coalesce(amount_fen, 0) as amount_fen,
       coalesce(posted_fen, 0) as posted_fen
  from (select account, party_id, business_on, shop_id, amount_fen from account_day where brand_id = $1) as kept
  full join posted using (account, party_id, business_on, shop_id)
 where coalesce(amount_fen, 0) <> coalesce(posted_fen, 0) limit 100
"""


async def append(tx: Tx, postings: Sequence[tuple[Posting, Heard[Event]]]) -> None:
    """Write postings, each as of the event that led to it, and move the balances."""
    await tx.copy("posting", _COLUMNS, [_row(posting, heard) for posting, heard in postings])
    await tx.execute(_ADD, *columns((posting.ticket_id, posting.kind) for posting, _ in postings))


async def paid(tx: Tx, ticket_ids: Sequence[UUID]) -> dict[UUID, Posting]:
    """The postings of these tickets as they were paid."""
    return {row["ticket_id"]: _posting(row) for row in await tx.fetch(_PAID, ticket_ids)}


async def of_ticket(tx: Tx, brand_id: UUID, ticket_id: UUID) -> list[Row]:
    """A ticket's postings and those of its returns."""
    return await tx.fetch(_OF_TICKET, brand_id, ticket_id)


async def balances(tx: Tx, brand_id: UUID, party_id: UUID | None, first_on: date, last_on: date) -> list[Row]:
    """Balances by account and party; of one party if named."""
    return await tx.fetch(_BALANCES, brand_id, party_id, first_on, last_on)


async def days(
    tx: Tx, brand_id: UUID, party_id: UUID, between: tuple[date, date], after: tuple[str, date, UUID], most: int
) -> list[Row]:
    """A party's balances by account, day and shop."""
    return await tx.fetch(_DAYS, brand_id, party_id, *between, *after, most)


async def unbalanced(tx: Tx, brand_id: UUID) -> list[Row]:
    """Postings whose entries are not zero in sum or whose shares are not the ticket's total: none, ever."""
    return await tx.fetch(_UNBALANCED, brand_id)


async def unbalanced_days(tx: Tx, first_on: date) -> int:
    """How many days of shops since then do not add up to zero."""
    count: int = await tx.value(_UNBALANCED_DAYS, first_on)
    return count


async def drifted(tx: Tx, brand_id: UUID) -> list[Row]:
    """Balances that are not the sum of their entries: none, ever."""
    return await tx.fetch(_DRIFTED, brand_id)


def _row(posting: Posting, heard: Heard[Event]) -> tuple[object, ...]:
    entries = posting.entries
    return (
        posting.ticket_id, posting.kind, posting.brand_id, posting.shop_id, posting.original_id, posting.business_on,
        posting.total_fen, [entry.account for entry in entries], [entry.party_id for entry in entries],
        [entry.rule for entry in entries], [entry.amount_fen for entry in entries], heard.event_id, heard.at,
    )  # fmt: skip


def _posting(row: Row) -> Posting:
    entries = zip(row["accounts"], row["party_ids"], row["rules"], row["amounts_fen"], strict=True)
    shares = [Share(Account(account), *rest) for account, *rest in entries if account != Account.TAKINGS]
    return Posting(
        row["ticket_id"], "paid", row["brand_id"], row["shop_id"], None, row["business_on"], row["total_fen"], shares
    )
