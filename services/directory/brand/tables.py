"""Brands as rows; everything else in directory leads back to one of them."""

from sqlalchemy import Column, LargeBinary, Table, Text, Uuid

from shared.db.tables import NOW, moment, schema

metadata = schema("directory")

brand = Table(
    "brand",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    moment("made_at", nullable=False, server_default=NOW),
)

mini_program = Table(
    "mini_program",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("app_id", Text, nullable=False, unique=True),
    Column("sealed_secret", LargeBinary, nullable=False),
)
