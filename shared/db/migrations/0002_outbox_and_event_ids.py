"""outbox and event ids"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# The columns after `timestamp` are those that a reader of ours needs besides.
_OUTBOX = """
create view outbox as
select log.event_id as id,
       '{topic}'::text as aggregatetype,
       log.key as aggregateid,
       log.type as type,
       log.body as payload,
       log.at as "timestamp",
       log.part as partition,
       log.off as off,
       log_head.incarnation as incarnation,
       log.cause as cause,
       log.trace as traceparent
  from log join log_head using (part)
"""


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _log()
    _outbox()


def _log() -> None:
    """Ids of events are ordered by time, so that a summary of each block range finds one; it costs a write nothing."""
    op.create_index("log_event_id_index", "log", ["event_id"], unique=False, postgresql_using="brin")


def _outbox() -> None:
    """The log under the column names of Debezium's outbox event router."""
    schema = op.get_bind().execute(sa.text("select current_schema()")).scalar_one()
    op.execute(_OUTBOX.format(topic=schema.replace("_", "-")))
