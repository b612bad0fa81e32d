"""Migrations as they are written, and as a start sees without Alembic whether any is to be done."""

import subprocess
import sys
from pathlib import Path

from deploy.suite.lines import lines_of
from deploy.suite.migrations import newest_by_alembic, tidy
from deploy.suite.names import service_names

HEAVY = ("alembic", "fastapi", "sqlalchemy", "httpx", "aiokafka", "deploy.demo", "services.trade.ticket")

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


def test_the_newest_revision_of_every_line_is_the_one_that_its_files_names_say() -> None:
    lines = [line for service in service_names() for line in lines_of(service)]
    assert [line.newest for line in lines] == [newest_by_alembic(line) for line in lines]


def test_what_supervises_a_run_loads_neither_the_services_nor_what_migrates_them() -> None:
    loaded = "import sys, deploy.suite.command, deploy.suite.running; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in HEAVY if name in modules] == []
