"""The way to PostgreSQL: a pool, transactions that say what happened, migrations, roles."""

from shared.db.database import Database, Row, Tx, columns
from shared.db.pool import plain_connection

__all__ = ["Database", "Row", "Tx", "columns", "plain_connection"]
