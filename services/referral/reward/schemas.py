"""What the routes of rewards give; an inviter never reads whose purchase it was."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.referral.reward.rules import Account, Kind, Reward, State


class RewardOut(BaseModel):
    """A reward, without the friend."""

    reward_id: UUID
    kind: Kind
    level: int
    state: State
    amount_fen: int
    accrued_fen: int
    matured_fen: int
    reversed_fen: int
    accrued_at: datetime
    matures_at: datetime | None
    coupon_id: UUID | None

    @classmethod
    def of(cls, reward: Reward) -> "RewardOut":
        """As the inviter sees it."""
        return cls(**{name: getattr(reward, name) for name in cls.model_fields})


class EntryOut(BaseModel):
    """An entry of the ledger."""

    account: Account
    amount_fen: int
    cause: str
    posted_at: datetime


class ExplainOut(BaseModel):
    """Why a reward is here and what became of it."""

    id: UUID
    what: str
    because: list[str]
    words: list[str]
    inviter_id: UUID
    invitee_id: UUID | None = Field(description="the friend; none for shoppers, as is her ticket")
    ticket_id: UUID | None
    rule_version: int
    reward: RewardOut
    entries: list[EntryOut]


class UnbalancedOut(BaseModel):
    """A posting that is not zero in sum."""

    reward_id: UUID
    posting_id: UUID
    sum_fen: int


class ReconciliationOut(BaseModel):
    """Where the ledger does not add up."""

    unbalanced: list[UnbalancedOut]
    drifted: list[UUID]
