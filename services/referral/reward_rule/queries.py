"""Reads and writes of rules."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from services.referral.reward_rule.rules import DEFAULT_RULE, RewardRule, RuleVersion
from shared.db import Tx

_CURRENT = """
select distinct on (brand_id) brand_id, version, body from reward_rule
 where brand_id = any($1::uuid[]) order by brand_id, version desc
"""
_SAVE = """
insert into reward_rule (brand_id, version, body, saved_at)
select $1, coalesce(max(version), 0) + 1, $2, $3 from reward_rule where brand_id = $1
returning version
"""

_decoder = msgspec.json.Decoder(RewardRule)


async def current(tx: Tx, brand_ids: Iterable[UUID]) -> Mapping[UUID, RuleVersion]:
    """The rule that holds for each of these brands."""
    wanted = sorted(set(brand_ids))
    saved = {
        row["brand_id"]: RuleVersion(row["version"], _decoder.decode(row["body"]))
        for row in await tx.fetch(_CURRENT, wanted)
    }
    return {brand_id: saved.get(brand_id, DEFAULT_RULE) for brand_id in wanted}


async def save(tx: Tx, brand_id: UUID, rule: RewardRule) -> int:
    """Save the next version; two at once collide on the key, and the later one is done again."""
    number: int = await tx.value(_SAVE, brand_id, msgspec.json.encode(rule), tx.at)
    return number
