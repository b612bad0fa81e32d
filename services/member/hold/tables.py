"""Holds as rows; the till names them."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("member")

points_hold = Table(
    "points_hold",
    metadata,
    Column("hold_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("member_id", Uuid, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    moment("expires_at", nullable=False),
    Column("ticket_id", Uuid),
    Index("points_hold_expires_at_index", "expires_at", postgresql_where=text("state = 'held'")),
    postgresql_with={"fillfactor": 70},
)
