"""coupons"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _budget()
    _coupon()
    _coupon_campaign()
    _coupon_hold()
    _coupon_movement()
    _coupon_overrun()
    _join_offer()
    _refused_grant()


def _budget() -> None:
    op.create_table(
        "budget",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("issued", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("redeemed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("redeemed_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("overruns", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("overrun_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "shop_id", name=op.f("budget_pkey")),
        postgresql_with={"fillfactor": 50},
    )


def _coupon() -> None:
    op.create_table(
        "coupon",
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("taken_fen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("coupon_id", name=op.f("coupon_pkey")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("coupon_brand_id_person_id_index", "coupon", ["brand_id", "person_id"], unique=False)
    op.create_index(
        "coupon_campaign_id_person_id_ordinal_index", "coupon", ["campaign_id", "person_id", "ordinal"], unique=True
    )
    op.create_index(
        "coupon_join_index",
        "coupon",
        ["brand_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'join' and state <> 'withdrawn'"),
    )
    op.create_index(
        "coupon_reward_id_index",
        "coupon",
        ["reward_id"],
        unique=True,
        postgresql_where=sa.text("reward_id is not null"),
    )
    op.create_index(
        "coupon_ticket_id_index",
        "coupon",
        ["ticket_id"],
        unique=False,
        postgresql_where=sa.text("ticket_id is not null"),
    )


def _coupon_campaign() -> None:
    op.create_table(
        "coupon_campaign",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_code", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("percent_bp", sa.Integer(), nullable=True),
        sa.Column("cap_fen", sa.BigInteger(), nullable=True),
        sa.Column("threshold_fen", sa.BigInteger(), nullable=False),
        sa.Column("gift_sku", sa.Text(), nullable=True),
        sa.Column("skus", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("most_issued", sa.BigInteger(), nullable=True),
        sa.Column("most_per_person", sa.Integer(), nullable=False),
        sa.Column("most_per_shop", sa.BigInteger(), nullable=True),
        sa.Column("most_discount_fen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", "campaign_code", name=op.f("coupon_campaign_pkey")),
        sa.UniqueConstraint("campaign_id", name=op.f("coupon_campaign_campaign_id_key")),
    )
    op.create_index(
        "coupon_campaign_brand_id_purpose_index",
        "coupon_campaign",
        ["brand_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("state = 'started' and purpose in ('join', 'reward')"),
    )


def _coupon_hold() -> None:
    op.create_table(
        "coupon_hold",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("till", sa.Text(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("coupon_hold_pkey")),
    )
    op.create_index(
        "coupon_hold_expires_at_index",
        "coupon_hold",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )


def _coupon_movement() -> None:
    op.create_table(
        "coupon_movement",
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("discount_fen", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("coupon_id", "movement_id", name=op.f("coupon_movement_pkey")),
    )


def _coupon_overrun() -> None:
    op.create_table(
        "coupon_overrun",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "coupon_id", name=op.f("coupon_overrun_pkey")),
    )
    op.create_index(
        "coupon_overrun_brand_id_shop_id_ticket_id_index",
        "coupon_overrun",
        ["brand_id", "shop_id", "ticket_id"],
        unique=False,
    )


def _join_offer() -> None:
    op.create_table(
        "join_offer",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("join_offer_pkey")),
    )


def _refused_grant() -> None:
    op.create_table(
        "refused_grant",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "cause", name=op.f("refused_grant_pkey")),
    )
