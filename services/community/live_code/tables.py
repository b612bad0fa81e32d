"""Live codes as they are wanted and as they were made in WeCom."""

from sqlalchemy import ARRAY, BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("community")

live_code = Table(
    "live_code",
    metadata,
    Column("live_code_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("leads_to", Text, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("guide_id", Uuid),
    Column("channel", Text, nullable=False),
    Column("cost_fen", BigInteger, nullable=False),
    Column("config_id", Text),
    Column("qr_code", Text),
    Column("targets", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    moment("due_at"),  # the machine's time, as the next two
    moment("leased_until", nullable=False, server_default=text("'-infinity'")),
    Column("claim", BigInteger, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    UniqueConstraint("brand_id", "code"),
    UniqueConstraint("brand_id", "state"),
    Index("live_code_shop_id_index", "shop_id"),
    Index("live_code_due_at_index", "due_at", postgresql_where=text("due_at is not null")),
    postgresql_with={"fillfactor": 80},
)
