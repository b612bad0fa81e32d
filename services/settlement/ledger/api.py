"""The ledger over HTTP: partners read their own shares, head office all, and anyone concerned asks why."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.settlement.ledger import queries
from services.settlement.ledger.schemas import (
    AccountDayOut,
    BalanceOut,
    DriftedOut,
    EntryOut,
    ExplainOut,
    PostingOut,
    ReconciliationOut,
    UnbalancedOut,
)
from shared.auth.caller import HEAD_OFFICE, MANAGERS, OPERATOR, PARTNER, SERVICE, Kind
from shared.db import Row
from shared.errors import NotFound
from shared.http import Doors, Reading, Spoken, Who
from shared.http.pages import FIRST_ID, After, Page, PageSize, cursor_of, keys_of
from shared.words import Words

doors = Doors("/settlement/v1", "ledger")

Day = Annotated[date, Query(examples=["2026-11-24"])]

_BY_RULE = Words("{account}：按规则 {rule} 分得 {amount_fen} 分。", "{account}: {amount_fen} fen by rule {rule}.")


@doors.read("/balances", who=HEAD_OFFICE | PARTNER)
async def read_balances(first_on: Day, last_on: Day, tx: Reading, who: Who) -> list[BalanceOut]:
    """Balances over some days: a partner's own, or everybody's for head office."""
    party_id = who.id if who.kind is Kind.PARTNER else None
    return [BalanceOut(**row) for row in await queries.balances(tx, who.brand_id, party_id, first_on, last_on)]


@doors.read("/account-days", who=PARTNER)
async def list_days(
    first_on: Day, last_on: Day, tx: Reading, who: Who, after: After = None, most: PageSize = 100
) -> Page[AccountDayOut]:
    """A partner's own shares by account, day and shop."""
    place = keys_of(after, ("", date.min, FIRST_ID))
    rows = await queries.days(tx, who.brand_id, who.id, (first_on, last_on), place, most)
    items = [AccountDayOut(**row) for row in rows]
    end = items[-1] if len(items) == most else None
    return Page(items=items, next=cursor_of(end.account, end.business_on, end.shop_id) if end else None)


@doors.read("/explain/{ticket_id}", who=MANAGERS | PARTNER | SERVICE)
async def explain(ticket_id: UUID, tx: Reading, who: Who, language: Spoken) -> ExplainOut:
    """Why each share of a ticket is what it is; a partner sees those that are its own."""
    postings = [_posting(row) for row in await queries.of_ticket(tx, who.brand_id, ticket_id)]
    if who.kind is Kind.PARTNER:
        postings = [_own(posting, who.id) for posting in postings]
        postings = [posting for posting in postings if posting.entries]
    else:
        postings = [posting for posting in postings if who.serves(posting.shop_id)]
    if not postings:
        raise NotFound(what="ticket")
    return ExplainOut(
        id=ticket_id,
        what="split",
        because=[posting.event_id for posting in postings],
        words=[
            _BY_RULE.say(language, account=entry.account, rule=entry.rule or "none", amount_fen=entry.amount_fen)
            for posting in postings
            for entry in posting.entries
        ],
        postings=postings,
    )


@doors.read("/reconciliation", who=OPERATOR)
async def reconcile(tx: Reading, who: Who) -> ReconciliationOut:
    """Where the ledger does not add up: empty lists, always."""
    return ReconciliationOut(
        unbalanced=[UnbalancedOut(**row) for row in await queries.unbalanced(tx, who.brand_id)],
        drifted=[DriftedOut(**row) for row in await queries.drifted(tx, who.brand_id)],
    )


def _posting(row: Row) -> PostingOut:
    entries = zip(row["accounts"], row["party_ids"], row["rules"], row["amounts_fen"], strict=True)
    return PostingOut(
        **{key: row[key] for key in ("ticket_id", "kind", "shop_id", "original_id", "business_on", "total_fen")},
        entries=[EntryOut(account=a, party_id=p, rule=r, amount_fen=f) for a, p, r, f in entries],
        event_id=row["event_id"],
        posted_at=row["posted_at"],
    )


def _own(posting: PostingOut, partner_id: UUID) -> PostingOut:
    own = [entry for entry in posting.entries if entry.party_id == partner_id]
    return posting.model_copy(update={"entries": own})
