"""Reads and writes of split rules: a handful for each brand."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import astuple

from services.settlement.split.rules import Rule
from shared.db import Tx

_LOCK = "select pg_advisory_xact_lock(hashtextextended('split rule ' || $1::uuid || $2, 0))"
_COLUMNS = ", ".join(Rule.__struct_fields__)
_NEWEST = f"""
select {_COLUMNS} from split_rule where brand_id = $1 and rule_code = $2 order by version desc limit 1
"""
_INSERT = f"""
insert into split_rule (brand_id, {_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_OF_BRANDS = f"""
select brand_id, {_COLUMNS} from split_rule where brand_id = any($1::uuid[]) order by rule_code, version
"""


async def newest(tx: Tx, brand_id: UUID, rule_code: str) -> Rule | None:
    """The newest version of a rule; nobody else writes one until we are done."""
    await tx.execute(_LOCK, brand_id, rule_code)
    row = await tx.first(_NEWEST, brand_id, rule_code)
    return None if row is None else Rule(*row)


async def insert(tx: Tx, brand_id: UUID, rule: Rule) -> None:
    """Write a version."""
    await tx.execute(_INSERT, brand_id, *astuple(rule))


async def of_brands(tx: Tx, brand_ids: Sequence[UUID]) -> dict[UUID, list[Rule]]:
    """Every version of every rule of these brands."""
    rules: dict[UUID, list[Rule]] = defaultdict(list)
    for brand_id, *values in await tx.fetch(_OF_BRANDS, brand_ids):
        rules[brand_id].append(Rule(*values))
    return rules
