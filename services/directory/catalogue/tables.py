"""SKUs as rows."""

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, Uuid

from shared.db.tables import schema

metadata = schema("directory")

sku = Table(
    "sku",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("product_class", Text, nullable=False),
    Column("is_goods", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
