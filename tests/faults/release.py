"""The next release: the code as it is, and one migration more, as the first half of a change that spreads over two.

It expands: a column and an index that the code beside it does not know, on the table that a service writes most.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

CHECKOUT = Path(__file__).parents[2]
HOT_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "inventory_sharing": "stock_move",
        "member": "points_entry",
        "settlement": "posting",
        "trade": "ticket",
    }
)

_MIGRATION = '''"""A column that no code knows yet."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{last}"


def upgrade() -> None:
    """Forward."""
    op.add_column("{table}", sa.Column("since_{revision}", sa.Text(), nullable=True))
    op.create_index("{table}_since_{revision}_index", "{table}", ["since_{revision}"])
'''


def make_release(code: Path, folder: Path, service: str) -> str:
    """Write into `folder` the release that follows the one in `code`; answers the revision it brings a service."""
    folder.mkdir(parents=True)
    for unchanged in ("deploy", "shared"):
        (folder / unchanged).symlink_to(CHECKOUT / unchanged)
    shutil.copytree(code / "services", folder / "services", ignore=shutil.ignore_patterns("__pycache__"))
    migrations = folder / "services" / service / "migrations"
    last = max(path.name for path in migrations.glob("[0-9]*.py"))[:4]
    revision = f"{int(last) + 1:04}"
    text = _MIGRATION.format(revision=revision, last=last, table=HOT_TABLES[service])
    (migrations / f"{revision}_expanded.py").write_text(text, encoding="utf-8")
    return revision
