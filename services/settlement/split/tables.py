"""Split rules: every version is kept, none is changed."""

from sqlalchemy import Column, Integer, Table, Text, Uuid

from shared.db.tables import moment, schema

metadata = schema("settlement")

split_rule = Table(
    "split_rule",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("rule_code", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("shop_id", Uuid),
    Column("partner_id", Uuid),
    Column("product_class", Text),
    Column("platform_bp", Integer, nullable=False),
    Column("royalty_bp", Integer, nullable=False),
    Column("owner_bp", Integer, nullable=False),
    Column("guide_bp", Integer, nullable=False),
    moment("from_at", nullable=False),
    moment("saved_at", nullable=False),
)
