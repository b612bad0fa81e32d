"""Persons, and what they are known by. Raw values stand in `identity.value` alone, so that erasure has one place."""

from sqlalchemy import Boolean, Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("member")

person = Table(
    "person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("is_member", Boolean, nullable=False),
    moment("joined_at"),
    Column("owner_shop_id", Uuid),
    Column("owner_guide_id", Uuid),
    Column("folded_into", Uuid),
    Index("person_folded_into_index", "folded_into", postgresql_where=text("folded_into is not null")),
    postgresql_with={"fillfactor": 85},
)

identity = Table(
    "identity",
    metadata,
    Column("lookup", Uuid, primary_key=True),  # keyed by brand, so no two brands share one
    Column("brand_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("proof", Text, nullable=False),
    moment("bound_at", nullable=False),
)

identity_history = Table(
    "identity_history",
    metadata,
    Column("lookup", Uuid, primary_key=True),
    Column("from_id", Uuid, primary_key=True),
    moment("left_at", primary_key=True),
    Column("to_id", Uuid, nullable=False),
)
