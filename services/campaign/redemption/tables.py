"""Overruns: what shops gave that nobody had promised."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid

from shared.db.tables import moment, schema

metadata = schema("campaign")

coupon_overrun = Table(
    "coupon_overrun",
    metadata,
    Column("ticket_id", Uuid, primary_key=True),
    Column("coupon_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("campaign_id", Uuid),
    Column("reason", Text, nullable=False),
    Column("discount_fen", BigInteger, nullable=False),
    moment("at", nullable=False),
    Index("coupon_overrun_brand_id_shop_id_ticket_id_index", "brand_id", "shop_id", "ticket_id"),
)
