"""Tickets as rows: the natural key is the id, the lines stay in the body as the till sent them."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, LargeBinary, Table, Text, Uuid, text

from shared.db.tables import NOW, moment, schema

metadata = schema("trade")

ticket = Table(
    "ticket",
    metadata,
    Column("ticket_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("till", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    moment("sold_at", nullable=False),
    moment("received_at", nullable=False, server_default=NOW),
    Column("member_id", Uuid),
    Column("lookup", Uuid),  # whom the till named; kept while nobody is known by it
    Column("original_id", Uuid),
    Column("total_fen", BigInteger, nullable=False),
    Column("flags", ARRAY(Text), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ticket_lookup_index", "lookup", postgresql_where=text("member_id is null and lookup is not null")),
    Index("ticket_original_id_index", "original_id", postgresql_where=text("original_id is not null")),
    Index(
        "ticket_waiting_void_index",
        "original_id",
        postgresql_where=text("kind = 'void' and flags @> '{original_unknown}'"),
    ),
    Index("ticket_shop_id_ticket_id_index", "shop_id", "ticket_id"),
)

differing_ticket = Table(
    "differing_ticket",
    metadata,
    Column("ticket_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    moment("received_at", nullable=False, server_default=NOW),
)
