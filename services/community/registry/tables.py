"""Copies of facts that others own; rebuilt from their logs."""

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, Uuid

from shared.db.tables import moment, schema

metadata = schema("community")

shop = Table(
    "shop",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("staff_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    moment("left_at"),
    Column("version", BigInteger, nullable=False),
)

# By what a till may name somebody; other identities are member's business.
identity = Table(
    "identity",
    metadata,
    Column("lookup", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("is_member", Boolean, nullable=False),
)

# Who was folded into whom, so that whoever was resolved just before still arrives at the right person.
folded_person = Table(
    "folded_person",
    metadata,
    Column("from_id", Uuid, primary_key=True),
    Column("into_id", Uuid, nullable=False, index=True),
)

join_offer = Table(
    "join_offer",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("discount_fen", BigInteger, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
