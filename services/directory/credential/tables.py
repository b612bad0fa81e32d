"""Credentials as rows, and how often somebody tried a name."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, Uuid, false, text

from shared.db.tables import NOW, moment, schema

metadata = schema("directory")

credential = Table(
    "credential",
    metadata,
    Column("credential_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("holder_id", Uuid, nullable=False),
    Column("shop_id", Uuid),  # a till's
    Column("secret", LargeBinary, nullable=False),  # SHA-256 of a machine's, Argon2id of a person's
    Column("is_one_time", Boolean, nullable=False, server_default=false()),
    moment("made_at", nullable=False),
    moment("revoked_at"),
    Index("credential_holder_id_credential_id_index", "holder_id", "credential_id"),
    # One password a person: two changes at once meet here.
    Index(
        "credential_one_password_index",
        "holder_id",
        unique=True,
        postgresql_where=text("kind = 'staff' and revoked_at is null"),
    ),
)

sign_in_try = Table(
    "sign_in_try",
    metadata,
    Column("name", LargeBinary, primary_key=True),
    Column("tries", Integer, nullable=False),
    moment("began_at", nullable=False, server_default=NOW),
    postgresql_with={"fillfactor": 70},
)
