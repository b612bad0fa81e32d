"""stock"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("shop_pkey")),
    )
    op.create_index("shop_brand_id_area_id_index", "shop", ["brand_id", "area_id"], unique=False)
    op.create_table(
        "sku",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("is_goods", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "sku", name=op.f("sku_pkey")),
    )
    op.create_table(
        "stock",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand_milli", sa.BigInteger(), nullable=False),
        sa.Column("held_milli", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("safety_milli", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "sku", name=op.f("stock_pkey")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "stock_move",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("skus", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("deltas_milli", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("said_milli", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "cause_id", "kind", name=op.f("stock_move_pkey")),
    )
