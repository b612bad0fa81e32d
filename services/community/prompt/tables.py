"""Who was asked last, and when; one row a person."""

from sqlalchemy import Column, Integer, Table, Uuid

from shared.db.tables import moment, schema

metadata = schema("community")

prompt = Table(
    "prompt",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    moment("last_prompted_at", nullable=False),
    Column("times", Integer, nullable=False),
    postgresql_with={"fillfactor": 70},
)
