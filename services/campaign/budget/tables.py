"""Counters of a campaign: one row for the whole of it (shop = nil) and one for each shop."""

from sqlalchemy import BigInteger, Column, Table, Uuid

from shared.db.tables import schema

metadata = schema("campaign")

_COUNTERS = ("issued", "held", "held_fen", "redeemed", "redeemed_fen", "overruns", "overrun_fen")

budget = Table(
    "budget",
    metadata,
    Column("campaign_id", Uuid, primary_key=True),
    Column("shop_id", Uuid, primary_key=True),
    *(Column(name, BigInteger, nullable=False, server_default="0") for name in _COUNTERS),
    postgresql_with={"fillfactor": 50},
)
