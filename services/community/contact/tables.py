"""Contacts as rows; the raw external_userid stays here alone, for WeCom wants it named."""

from sqlalchemy import Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("community")

contact = Table(
    "contact",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("lookup", Uuid, primary_key=True),
    Column("userid", Text, primary_key=True),
    Column("external_userid", Text, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("shop_id", Uuid),
    Column("guide_id", Uuid),
    Column("live_code_id", Uuid),
    moment("added_at", nullable=False),
    moment("removed_at"),
    Index("contact_live_code_id_index", "live_code_id", postgresql_where=text("live_code_id is not null")),
)
