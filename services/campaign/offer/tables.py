"""Coupon campaigns as rows, and what joiners are offered now."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Index, Integer, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("campaign")

coupon_campaign = Table(
    "coupon_campaign",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("campaign_code", Text, primary_key=True),
    Column("campaign_id", Uuid, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("amount_fen", BigInteger),
    Column("percent_bp", Integer),
    Column("cap_fen", BigInteger),
    Column("threshold_fen", BigInteger, nullable=False),
    Column("gift_sku", Text),
    Column("skus", ARRAY(Text), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    Column("valid_days", Integer),
    Column("most_issued", BigInteger),
    Column("most_per_person", Integer, nullable=False),
    Column("most_per_shop", BigInteger),
    Column("most_discount_fen", BigInteger),
    Index(
        "coupon_campaign_brand_id_purpose_index",
        "brand_id",
        "purpose",
        unique=True,
        postgresql_where=text("state = 'started' and purpose in ('join', 'reward')"),
    ),
)

join_offer = Table(
    "join_offer",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("discount_fen", BigInteger, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
