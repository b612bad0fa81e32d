"""what is no goods"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _sku()


def _sku() -> None:
    op.create_table(
        "sku",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("is_goods", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "sku", name=op.f("sku_pkey")),
    )
    op.create_index(
        "sku_no_goods_index", "sku", ["brand_id", "sku"], unique=False, postgresql_where=sa.text("not is_goods")
    )
