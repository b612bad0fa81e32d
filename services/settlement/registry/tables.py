"""Copies of facts of directory and member."""

from sqlalchemy import BigInteger, Column, Table, Text, Uuid

from shared.db.tables import schema

metadata = schema("settlement")

shop = Table(
    "shop",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("partner_id", Uuid),
    Column("version", BigInteger, nullable=False),
)

sku = Table(
    "sku",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("product_class", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

partner = Table(
    "partner",
    metadata,
    Column("partner_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

owner = Table(
    "owner",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("shop_id", Uuid, nullable=False),
)
