"""What has to be looked at, and why. These times are the machine's, as deadlines of machinery are."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, Uuid, text

from shared.db.tables import NOW, moment, schema

metadata = schema("community")

# `name` is a group's chat_id or a contact's external_userid; the row goes when the look was taken.
look = Table(
    "look",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    moment("due_at", nullable=False, index=True),
    moment("leased_until", nullable=False, server_default=text("'-infinity'")),
    Column("claim", BigInteger, nullable=False, server_default="0"),
    Column("news", BigInteger, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
)

# A callback once taken is known by its digest for a day; what it told is blanked when it was acted upon.
callback = Table(
    "callback",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("subject", Text),
    Column("name", Text),
    Column("change", LargeBinary),
    moment("received_at", nullable=False, server_default=NOW),
    Index(
        "callback_brand_id_subject_name_index",
        "brand_id",
        "subject",
        "name",
        postgresql_where=text("change is not null"),
    ),
    Index("callback_received_at_index", "received_at", postgresql_where=text("change is null")),
)
