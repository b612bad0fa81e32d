"""Whose invitee somebody is, and when that turns out to be void."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.referral.invitation.rules import Acceptance, InviterKind, Outcome, leads_to
from services.referral.reward.rules import Earners


@dataclass(frozen=True)
class Attribution:
    """Whose invitee somebody is."""

    invitee_id: UUID
    brand_id: UUID
    inviter_kind: InviterKind
    inviter_id: UUID
    inviter_of_inviter_id: UUID | None
    invitation_code: str
    accepted_at: datetime
    attributed_at: datetime
    cause: str

    def earners(self) -> Earners:
        """Who earns by what she buys: shoppers alone; a guide's or a shop's work is paid elsewhere."""
        levels = (self.inviter_id, self.inviter_of_inviter_id) if self.inviter_kind is InviterKind.SHOPPER else ()
        return Earners(tuple(person_id for person_id in levels if person_id), self.accepted_at, self.attributed_at)


def attribute(
    acceptance: Acceptance, became_at: datetime, inviters_own: Attribution | None, depth: int, cause: str
) -> Attribution:
    """Fix whose invitee she is; the second level is her inviter's inviter, where the brand's rule goes so deep."""
    second_id = None
    if depth > 1 and inviters_own is not None and inviters_own.inviter_kind is InviterKind.SHOPPER:
        second_id = inviters_own.inviter_id if inviters_own.inviter_id != acceptance.invitee_id else None
    return Attribution(
        invitee_id=acceptance.invitee_id,
        brand_id=acceptance.brand_id,
        inviter_kind=acceptance.inviter_kind,
        inviter_id=acceptance.inviter_id,
        inviter_of_inviter_id=second_id,
        invitation_code=acceptance.invitation_code,
        accepted_at=acceptance.accepted_at,
        attributed_at=became_at,
        cause=cause,
    )


def wrong_after_fold(acceptance: Acceptance, parents: Mapping[UUID, UUID]) -> Outcome | None:
    """What an acceptance has become now that two persons are one: her own, a circle, or as good as before."""
    if acceptance.inviter_id == acceptance.invitee_id:
        return Outcome.OWN
    return Outcome.CIRCLE if leads_to(parents, acceptance.inviter_id, acceptance.invitee_id) else None


def last(folded: Mapping[UUID, UUID], person_id: UUID) -> UUID:
    """Who she is after all folds of a batch."""
    while person_id in folded:
        person_id = folded[person_id]
    return person_id
