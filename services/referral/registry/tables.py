"""Copies of facts of member, community and directory."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("referral")

person = Table(
    "person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    moment("became_at"),  # when she first became a member or joined a group; none: neither
    Column("folded_into", Uuid),
    Index("person_folded_into_index", "folded_into", postgresql_where=text("folded_into is not null")),
    postgresql_with={"fillfactor": 90},
)

shop = Table(
    "shop",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
)

sku = Table(
    "sku",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("is_goods", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("sku_no_goods_index", "brand_id", "sku", postgresql_where=text("not is_goods")),
)
