"""Migrations as they are written."""

from pathlib import Path

from deploy.suite.migrate import tidy

WRITTEN = """'a column'
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
def upgrade() -> None:
    op.add_column('ticket', sa.Column('colour', sa.Text(), nullable=True))
"""
TIDY = """"a column"

import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    op.add_column("ticket", sa.Column("colour", sa.Text(), nullable=True))
"""


def test_a_migration_is_written_as_all_our_code_is(tmp_path: Path) -> None:
    path = tmp_path / "0001_a_column.py"
    path.write_text(WRITTEN)
    tidy(path)
    assert path.read_text() == TIDY
