"""holds"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "points_hold",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("points_hold_pkey")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "points_hold_expires_at_index",
        "points_hold",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
