"""Copies of facts that others own; rebuilt from their logs."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, Uuid

from shared.db.tables import schema

metadata = schema("trade")

shop = Table(
    "shop",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("cutover_minutes", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("shop_brand_id_code_index", "brand_id", "code"),
)

sku = Table(
    "sku",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

identity = Table(
    "identity",
    metadata,
    Column("lookup", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("is_member", Boolean, nullable=False),
)
