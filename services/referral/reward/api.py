"""Rewards over HTTP: anyone concerned asks why, and the ledger proves that it adds up."""

from dataclasses import asdict
from uuid import UUID

from services.referral.registry import queries as registry
from services.referral.reward import queries
from services.referral.reward.rules import STORY
from services.referral.reward.schemas import EntryOut, ExplainOut, ReconciliationOut, RewardOut, UnbalancedOut
from shared.auth.caller import MANAGERS, OPERATOR, SERVICE, SHOPPER, Kind
from shared.errors import NotFound
from shared.http import Doors, Reading, Spoken, Who

doors = Doors("/referral/v1", "reward")


@doors.read("/explain/{reward_id}", who=MANAGERS | SHOPPER | SERVICE)
async def explain(reward_id: UUID, tx: Reading, who: Who, language: Spoken) -> ExplainOut:
    """Why this reward is here, and each step it took since; the friend's ticket is named to staff alone."""
    reward = await queries.read(tx, who.brand_id, reward_id)
    is_shopper = who.kind is Kind.SHOPPER
    if reward is None or (is_shopper and (await registry.standing(tx, [who.id]))[who.id] != reward.inviter_id):
        raise NotFound(what="reward")
    return ExplainOut(
        id=reward_id,
        what="reward",
        because=[reward.cause],
        words=[STORY[reward.state].say(language, **asdict(reward))],
        inviter_id=reward.inviter_id,
        invitee_id=None if is_shopper else reward.invitee_id,
        ticket_id=None if is_shopper else reward.ticket_id,
        rule_version=reward.rule_version,
        reward=RewardOut.of(reward),
        entries=[EntryOut(**row) for row in await queries.entries(tx, reward_id)],
    )


@doors.read("/reconciliation", who=OPERATOR)
async def reconcile(tx: Reading, who: Who) -> ReconciliationOut:
    """Where the ledger does not add up: empty lists, always."""
    return ReconciliationOut(
        unbalanced=[UnbalancedOut(**row) for row in await queries.unbalanced(tx, who.brand_id)],
        drifted=await queries.drifted(tx, who.brand_id),
    )
