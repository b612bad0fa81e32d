"""persons and identities"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    op.create_table(
        "identity",
        sa.Column("lookup", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("identity_pkey")),
    )
    op.create_index(op.f("identity_person_id_index"), "identity", ["person_id"], unique=False)
    op.create_table(
        "identity_history",
        sa.Column("lookup", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("lookup", "from_id", "left_at", name=op.f("identity_history_pkey")),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_shop_id", sa.Uuid(), nullable=True),
        sa.Column("owner_guide_id", sa.Uuid(), nullable=True),
        sa.Column("folded_into", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("person_pkey")),
        postgresql_with={"fillfactor": 85},
    )
    op.create_index(
        "person_folded_into_index",
        "person",
        ["folded_into"],
        unique=False,
        postgresql_where=sa.text("folded_into is not null"),
    )
