"""Reads and writes of rules."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from services.member.points_rule.rules import DEFAULT_RULE, PointsRule, RuleVersion
from shared.db import Tx

_CURRENT = """
select distinct on (brand_id) brand_id, version, body from points_rule
 where brand_id = any($1::uuid[]) order by brand_id, version desc
"""
_VERSION = "select body from points_rule where brand_id = $1 and version = $2"
_SAVE = """
insert into points_rule (brand_id, version, body, saved_at)
select $1, coalesce(max(version), 0) + 1, $2, $3 from points_rule where brand_id = $1
returning version
"""

_decoder = msgspec.json.Decoder(PointsRule)


async def current(tx: Tx, brand_ids: Sequence[UUID]) -> Mapping[UUID, RuleVersion]:
    """The rule that holds for each of these brands."""
    saved = {
        row["brand_id"]: RuleVersion(row["version"], _decoder.decode(row["body"]))
        for row in await tx.fetch(_CURRENT, brand_ids)
    }
    return {brand_id: saved.get(brand_id, DEFAULT_RULE) for brand_id in brand_ids}


async def version(tx: Tx, brand_id: UUID, number: int) -> PointsRule:
    """One version, for explaining what it led to."""
    body = await tx.value(_VERSION, brand_id, number)
    return DEFAULT_RULE.rule if body is None else _decoder.decode(body)


async def save(tx: Tx, brand_id: UUID, rule: PointsRule) -> int:
    """Save the next version; two at once collide on the key, and the later one is done again."""
    number: int = await tx.value(_SAVE, brand_id, msgspec.json.encode(rule), tx.at)
    return number
