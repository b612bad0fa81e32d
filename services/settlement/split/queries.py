"""Reads and writes of split rules: a handful for each brand."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.settlement.split.rules import Rule
from shared.db import Row, Tx

_LOCK = "select pg_advisory_xact_lock(hashtextextended('split rule ' || $1::uuid || $2, 0))"
_NEWEST = """
select rule_code, version, shop_id, partner_id, product_class, platform_bp, royalty_bp, owner_bp, guide_bp, from_at,
       saved_at
  from split_rule where brand_id = $1 and rule_code = $2 order by version desc limit 1
"""
_INSERT = """
insert into split_rule (brand_id, rule_code, version, shop_id, partner_id, product_class, platform_bp, royalty_bp,
                        owner_bp, guide_bp, from_at, saved_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_OF_BRANDS = """
select brand_id, rule_code, version, shop_id, partner_id, product_class, platform_bp, royalty_bp, owner_bp, guide_bp,
       from_at, saved_at
  from split_rule where brand_id = any($1::uuid[]) order by rule_code, version
"""


async def newest(tx: Tx, brand_id: UUID, rule_code: str) -> Rule | None:
    """The newest version of a rule; nobody else writes one until we are done."""
    await tx.execute(_LOCK, brand_id, rule_code)
    row = await tx.first(_NEWEST, brand_id, rule_code)
    return None if row is None else _rule(row)


async def insert(tx: Tx, brand_id: UUID, rule: Rule) -> None:
    """Write a version."""
    await tx.execute(
        _INSERT,
        brand_id,
        rule.rule_code,
        rule.version,
        rule.shop_id,
        rule.partner_id,
        rule.product_class,
        rule.platform_bp,
        rule.royalty_bp,
        rule.owner_bp,
        rule.guide_bp,
        rule.from_at,
        rule.saved_at,
    )


async def of_brands(tx: Tx, brand_ids: Sequence[UUID]) -> dict[UUID, list[Rule]]:
    """Every version of every rule of these brands."""
    rules: dict[UUID, list[Rule]] = defaultdict(list)
    for row in await tx.fetch(_OF_BRANDS, brand_ids):
        rules[row["brand_id"]].append(_rule(row))
    return rules


def _rule(row: Row) -> Rule:
    return Rule(
        rule_code=row["rule_code"],
        version=row["version"],
        shop_id=row["shop_id"],
        partner_id=row["partner_id"],
        product_class=row["product_class"],
        platform_bp=row["platform_bp"],
        royalty_bp=row["royalty_bp"],
        owner_bp=row["owner_bp"],
        guide_bp=row["guide_bp"],
        from_at=row["from_at"],
        saved_at=row["saved_at"],
    )
