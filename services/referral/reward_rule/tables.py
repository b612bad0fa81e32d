"""A brand's rules, one row a version; the newest holds, the older ones explain."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Uuid

from shared.db.tables import moment, schema

metadata = schema("referral")

reward_rule = Table(
    "reward_rule",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    moment("saved_at", nullable=False),
)
