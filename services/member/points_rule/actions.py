"""Head office says what points are worth."""

from uuid import UUID

from services.member.points_rule import queries
from services.member.points_rule.rules import PointsRule, RuleVersion, check
from shared.db import Tx


async def save_rule(tx: Tx, brand_id: UUID, rule: PointsRule) -> RuleVersion:
    """From now on this rule holds; saving the one that holds already changes nothing."""
    check(rule)
    holding = (await queries.current(tx, [brand_id]))[brand_id]
    if holding.rule == rule:
        return holding
    return RuleVersion(await queries.save(tx, brand_id, rule), rule)
