"""a void that waits is found by its original"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _ticket()


def _ticket() -> None:
    op.create_index(
        "ticket_waiting_void_index",
        "ticket",
        ["original_id"],
        unique=False,
        postgresql_where=sa.text("kind = 'void' and flags @> '{original_unknown}'"),
    )
