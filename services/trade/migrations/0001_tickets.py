"""tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _differing_ticket()
    _identity()
    _shop()
    _sku()
    _ticket()


def _differing_ticket() -> None:
    op.create_table(
        "differing_ticket",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "digest", name=op.f("differing_ticket_pkey")),
    )
    op.create_index(op.f("differing_ticket_shop_id_index"), "differing_ticket", ["shop_id"], unique=False)


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("lookup", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("identity_pkey")),
    )
    op.create_index(op.f("identity_person_id_index"), "identity", ["person_id"], unique=False)


def _shop() -> None:
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("cutover_minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("shop_pkey")),
    )
    op.create_index("shop_brand_id_code_index", "shop", ["brand_id", "code"], unique=False)


def _sku() -> None:
    op.create_table(
        "sku",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "sku", name=op.f("sku_pkey")),
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("till", sa.Text(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("lookup", sa.Uuid(), nullable=True),
        sa.Column("original_id", sa.Uuid(), nullable=True),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("ticket_pkey")),
    )
    op.create_index(
        "ticket_lookup_index",
        "ticket",
        ["lookup"],
        unique=False,
        postgresql_where=sa.text("member_id is null and lookup is not null"),
    )
    op.create_index(
        "ticket_original_id_index",
        "ticket",
        ["original_id"],
        unique=False,
        postgresql_where=sa.text("original_id is not null"),
    )
    op.create_index("ticket_shop_id_ticket_id_index", "ticket", ["shop_id", "ticket_id"], unique=False)
