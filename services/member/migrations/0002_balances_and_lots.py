"""balances and lots"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "points_balance",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("held", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("growth", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("points_balance_pkey")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "points_lot",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "expires_on", name=op.f("points_lot_pkey")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(op.f("points_lot_expires_on_index"), "points_lot", ["expires_on"], unique=False)
    op.create_table(
        "points_rule",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("points_rule_pkey")),
    )
