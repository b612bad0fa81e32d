"""Regions, branches and areas as rows."""

from sqlalchemy import Column, Table, Text, UniqueConstraint, Uuid

from shared.db.tables import schema

metadata = schema("directory")

division = Table(
    "division",
    metadata,
    Column("division_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("brand_id", "kind", "code"),
)
