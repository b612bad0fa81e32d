"""Shops and tills as rows."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from shared.db.tables import schema

metadata = schema("directory")

shop = Table(
    "shop",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("region_id", Uuid),
    Column("branch_id", Uuid),
    Column("area_id", Uuid),
    Column("partner_id", Uuid),
    Column("zone", Text, nullable=False),
    Column("cutover_minutes", Integer, nullable=False),
    Column("longitude_e6", Integer, nullable=False),
    Column("latitude_e6", Integer, nullable=False),
    Column("hours", ARRAY(Text), nullable=False),
    Column("deliveries_per_hour", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("brand_id", "code"),
    Index("shop_position_index", text("point(longitude_e6, latitude_e6)"), postgresql_using="gist"),
)

till = Table(
    "till",
    metadata,
    Column("till_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    UniqueConstraint("shop_id", "code"),
)
