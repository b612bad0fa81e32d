"""what is no goods is found"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _sku()


def _sku() -> None:
    op.create_index(
        "sku_no_goods_index", "sku", ["brand_id", "sku"], unique=False, postgresql_where=sa.text("not is_goods")
    )
