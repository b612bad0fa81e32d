"""What the routes of the ledger give; amounts are fen, a credit positive."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


class EntryOut(BaseModel):
    """One entry of a posting, and the rule and version that made it."""

    account: str
    party_id: UUID
    rule: str
    amount_fen: int


class PostingOut(BaseModel):
    """The entries of one ticket or return."""

    ticket_id: UUID
    kind: str
    shop_id: UUID
    original_id: UUID | None
    business_on: date
    total_fen: int
    entries: list[EntryOut]
    event_id: UUID
    posted_at: datetime


class ExplainOut(BaseModel):
    """Why the shares of a ticket are what they are: its postings, and what caused them."""

    id: UUID
    what: str
    because: list[UUID]
    words: list[str]
    postings: list[PostingOut]


class BalanceOut(BaseModel):
    """What stands on an account over some days."""

    account: str
    party_id: UUID
    partner_code: str | None  # none: head office, a shop's takings, or a guide
    amount_fen: int


class AccountDayOut(BaseModel):
    """What one shop brought to an account on one day."""

    account: str
    business_on: date
    shop_id: UUID
    amount_fen: int


class UnbalancedOut(BaseModel):
    """A posting that does not add up."""

    ticket_id: UUID
    kind: str
    total_fen: int
    sum_fen: int
    shares_fen: int


class DriftedOut(BaseModel):
    """A balance that is not the sum of its entries."""

    account: str
    party_id: UUID
    business_on: date
    shop_id: UUID
    amount_fen: int
    posted_fen: int


class ReconciliationOut(BaseModel):
    """Where the ledger does not add up: nowhere, always."""

    unbalanced: list[UnbalancedOut]
    drifted: list[DriftedOut]
