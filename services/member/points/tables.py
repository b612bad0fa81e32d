"""The ledger as rows: entries that are only added, and what they add up to per member."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("member")

points_balance = Table(
    "points_balance",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("points", BigInteger, nullable=False, server_default=text("0")),  # below zero: owed
    Column("held", BigInteger, nullable=False, server_default=text("0")),
    Column("growth", BigInteger, nullable=False, server_default=text("0")),
    postgresql_with={"fillfactor": 70},
)

points_lot = Table(
    "points_lot",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("expires_on", Date, primary_key=True, index=True),
    Column("points", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 70},
)

points_entry = Table(
    "points_entry",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("against", Text, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("owed", BigInteger, nullable=False),  # by how much the debt grew; below zero: was settled
    Column("growth", BigInteger, nullable=False),
    Column("ticket_id", Uuid),
    Column("original_id", Uuid),
    Column("event_id", Uuid),
    Column("amount_fen", BigInteger, nullable=False),
    Column("before_fen", BigInteger, nullable=False),
    Column("after_fen", BigInteger, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("tier", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    moment("at", nullable=False),
    Index("points_entry_member_id_entry_id_index", "member_id", "entry_id"),
    Index("points_entry_original_id_index", "original_id", postgresql_where=text("original_id is not null")),
)
