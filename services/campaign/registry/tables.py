"""Persons who are no more."""

from sqlalchemy import Column, Table, Uuid

from shared.db.tables import schema

metadata = schema("campaign")

folded_person = Table(
    "folded_person",
    metadata,
    Column("from_id", Uuid, primary_key=True),
    Column("into_id", Uuid, nullable=False, index=True),
)
