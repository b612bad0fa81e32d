"""split and ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _account_day()
    _owner()
    _partner()
    _posting()
    _shop()
    _sku()
    _split_rule()


def _account_day() -> None:
    op.create_table(
        "account_day",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "brand_id", "account", "party_id", "business_on", "shop_id", name=op.f("account_day_pkey")
        ),
        postgresql_with={"fillfactor": 70},
    )


def _owner() -> None:
    op.create_table(
        "owner",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("owner_pkey")),
    )


def _partner() -> None:
    op.create_table(
        "partner",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("partner_pkey")),
    )


def _posting() -> None:
    op.create_table(
        "posting",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("original_id", sa.Uuid(), nullable=True),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("accounts", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("party_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("rules", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("amounts_fen", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "kind", name=op.f("posting_pkey")),
    )
    op.create_index(
        "posting_original_id_index",
        "posting",
        ["original_id"],
        unique=False,
        postgresql_where=sa.text("original_id is not null"),
    )


def _shop() -> None:
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("shop_pkey")),
    )


def _sku() -> None:
    op.create_table(
        "sku",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("product_class", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "sku", name=op.f("sku_pkey")),
    )


def _split_rule() -> None:
    op.create_table(
        "split_rule",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("product_class", sa.Text(), nullable=True),
        sa.Column("platform_bp", sa.Integer(), nullable=False),
        sa.Column("royalty_bp", sa.Integer(), nullable=False),
        sa.Column("owner_bp", sa.Integer(), nullable=False),
        sa.Column("guide_bp", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "rule_code", "version", name=op.f("split_rule_pkey")),
    )
