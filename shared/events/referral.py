"""What referral says: which inviter earned what, for campaign to issue where it is a coupon."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.event import Event


class RewardAccrued(Event, frozen=True, kw_only=True):
    """An inviter earned a reward because of what her friend did."""

    TYPE: ClassVar[str] = "referral.reward.accrued.v1"
    KEY: ClassVar[str] = "inviter_id"

    reward_id: UUID
    inviter_id: UUID
    invitee_id: UUID
    kind: Literal["coupon", "cash"]
    amount_fen: int
    accrued_at: datetime


EVENTS = (RewardAccrued,)
