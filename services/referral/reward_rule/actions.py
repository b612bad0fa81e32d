"""Head office says what a friend is worth."""

from uuid import UUID

from services.referral.reward_rule import queries
from services.referral.reward_rule.rules import RewardRule, RuleVersion, check
from shared.db import Tx


async def save_rule(tx: Tx, brand_id: UUID, rule: RewardRule) -> RuleVersion:
    """From now on this rule holds; saving the one that holds already changes nothing."""
    check(rule)
    holding = (await queries.current(tx, [brand_id]))[brand_id]
    if holding.rule == rule:
        return holding
    return RuleVersion(await queries.save(tx, brand_id, rule), rule)
