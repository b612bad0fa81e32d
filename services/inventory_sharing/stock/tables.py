"""Stock and its ledger. A cause's moves are one row of arrays: what one ticket did is read as one."""

from sqlalchemy import ARRAY, BigInteger, Column, Table, Text, Uuid

from shared.db.tables import moment, schema

metadata = schema("inventory_sharing")

stock = Table(
    "stock",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("on_hand_milli", BigInteger, nullable=False),
    Column("held_milli", BigInteger, nullable=False, server_default="0"),
    Column("safety_milli", BigInteger, nullable=False, server_default="0"),
    postgresql_with={"fillfactor": 70},
)

stock_move = Table(
    "stock_move",
    metadata,
    Column("shop_id", Uuid, primary_key=True),
    Column("cause_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("skus", ARRAY(Text), nullable=False),
    Column("deltas_milli", ARRAY(BigInteger), nullable=False),
    Column("said_milli", ARRAY(BigInteger)),  # what a person said, who may say it again; none for tickets
    moment("at", nullable=False),
    Column("note", Text, nullable=False),
)
