"""who became another"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _folded_person()


def _folded_person() -> None:
    op.create_table(
        "folded_person",
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("from_id", name=op.f("folded_person_pkey")),
    )
    op.create_index(op.f("folded_person_into_id_index"), "folded_person", ["into_id"], unique=False)
