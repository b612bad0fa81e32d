"""Holds as rows; each hold id is used once."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("campaign")

coupon_hold = Table(
    "coupon_hold",
    metadata,
    Column("hold_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("coupon_id", Uuid, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("till", Text, nullable=False),
    Column("discount_fen", BigInteger, nullable=False),
    moment("expires_at", nullable=False),
    Column("state", Text, nullable=False),
    Index("coupon_hold_expires_at_index", "expires_at", postgresql_where=text("state = 'held'")),
)
