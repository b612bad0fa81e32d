"""Saving split rules: each save that changes something is a new version."""

from uuid import UUID

from msgspec.structs import replace

from services.settlement.split import queries
from services.settlement.split.rules import Rule, must_fit
from shared.db import Tx


async def save_rule(tx: Tx, brand_id: UUID, rule: Rule) -> Rule:
    """Save a rule; saved again as it is, nothing changes. Tickets sold before `from_at` keep the older version."""
    must_fit(rule)
    newest = await queries.newest(tx, brand_id, rule.rule_code)
    if newest is not None and replace(newest, version=rule.version, saved_at=rule.saved_at) == rule:
        return newest
    saved = replace(rule, version=newest.version + 1 if newest else 1)
    await queries.insert(tx, brand_id, saved)
    return saved
