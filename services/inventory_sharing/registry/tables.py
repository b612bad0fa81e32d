"""Copies of directory's facts."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid, text

from shared.db.tables import schema

metadata = schema("inventory_sharing")

shop = Table(
    "shop",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("area_id", Uuid),
    Column("is_open", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("shop_brand_id_area_id_index", "brand_id", "area_id"),
)

sku = Table(
    "sku",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("is_goods", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("sku_no_goods_index", "brand_id", "sku", postgresql_where=text("not is_goods")),
)
