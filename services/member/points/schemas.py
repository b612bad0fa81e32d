"""What the routes of the ledger give."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field


class PointsOut(BaseModel):
    """A member's points."""

    points: int = Field(description="what she has, held points included")
    held: int = Field(description="what is held at tills just now")
    available: int = Field(description="what she may spend now")
    owed: int = Field(description="what was spent beyond what there was; the next earnings settle it")
    growth: int
    tier: str = Field(examples=["银卡"])
    next_expiry_on: date | None = Field(description="the day from which the oldest of her points are gone")
    next_expiry_points: int


class EntryOut(BaseModel):
    """One entry of the ledger: what is added to the member's account is taken from the account `against`."""

    entry_id: UUID
    member_id: UUID
    kind: str
    against: str
    points: int
    owed: int = Field(description="by how much the debt grew; below zero: was settled")
    growth: int
    ticket_id: UUID | None
    original_id: UUID | None = Field(description="the sale whose points these are")
    event_id: UUID | None
    rule_version: int
    tier: str
    remark: str = Field(description="what was odd about the hold: no_hold, hold_unknown, hold_expired, …")
    expires_on: date
    at: datetime


class ExplainOut(BaseModel):
    """An entry, what caused it, and its arithmetic in words."""

    entry: EntryOut
    cause: UUID | None = Field(description="the id of the event that caused it; none for expiry, which time causes")
    arithmetic: str


class AccountOut(BaseModel):
    """One of the brand's accounts."""

    account: str
    points: int


class ReconciliationOut(BaseModel):
    """The sums of the ledger; every difference is zero."""

    members: int
    balance: int = Field(description="the members' balances, debts taken off")
    entries: int = Field(description="the members' side of all entries")
    lots: int = Field(description="what lies in lots")
    owed: int
    held: int
    growth: int
    accounts: list[AccountOut] = Field(description="the brand's side of all entries")
    difference: int = Field(description="balances less entries")
    sum_of_all_accounts: int
    differing_members: int = Field(description="members whose entries, balance, lots and holds do not agree")
