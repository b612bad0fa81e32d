"""Coupons, their stories, and grants that could not be made."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("campaign")

coupon = Table(
    "coupon",
    metadata,
    Column("coupon_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("amount_fen", BigInteger),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    moment("issued_at", nullable=False),
    Column("cause", Text, nullable=False),
    Column("reward_id", Uuid),
    Column("hold_id", Uuid),
    Column("ticket_id", Uuid),
    Column("shop_id", Uuid),
    Column("taken_fen", BigInteger),
    Index("coupon_campaign_id_person_id_ordinal_index", "campaign_id", "person_id", "ordinal", unique=True),
    Index("coupon_brand_id_person_id_index", "brand_id", "person_id"),
    Index("coupon_reward_id_index", "reward_id", unique=True, postgresql_where=text("reward_id is not null")),
    Index("coupon_ticket_id_index", "ticket_id", postgresql_where=text("ticket_id is not null")),
    Index(
        "coupon_join_index",
        "brand_id",
        "person_id",
        unique=True,
        postgresql_where=text("purpose = 'join' and state <> 'withdrawn'"),
    ),
    postgresql_with={"fillfactor": 70},
)

coupon_movement = Table(
    "coupon_movement",
    metadata,
    Column("coupon_id", Uuid, primary_key=True),
    Column("movement_id", Uuid, primary_key=True),
    Column("step", Text, nullable=False),
    Column("shop_id", Uuid),
    Column("ticket_id", Uuid),
    Column("hold_id", Uuid),
    Column("discount_fen", BigInteger),
    Column("cause", Text, nullable=False),
    Column("note", Text, nullable=False),
    moment("at", nullable=False),
)

refused_grant = Table(
    "refused_grant",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("cause", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    moment("at", nullable=False),
)
