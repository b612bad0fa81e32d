"""Partners as rows."""

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint, Uuid

from shared.db.tables import schema

metadata = schema("directory")

partner = Table(
    "partner",
    metadata,
    Column("partner_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("brand_id", "code"),
)
