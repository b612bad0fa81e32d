"""Invitations and acceptances. A person has one acceptance that counts, open or attributed."""

from sqlalchemy import Boolean, Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("referral")

_COUNTS = text("closed_as is null or closed_as = 'attributed'")

invitation = Table(
    "invitation",
    metadata,
    Column("invitation_code", Text, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("inviter_kind", Text, nullable=False),
    Column("inviter_id", Uuid, nullable=False),
    Column("is_active", Boolean, nullable=False),  # the one she is given; an older one of hers leads to her too
    moment("made_at", nullable=False),
    Index("invitation_inviter_id_index", "inviter_id"),
    Index(
        "invitation_active_index",
        "brand_id",
        "inviter_kind",
        "inviter_id",
        unique=True,
        postgresql_where=text("is_active"),
    ),
)

acceptance = Table(
    "acceptance",
    metadata,
    Column("acceptance_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("invitee_id", Uuid, nullable=False),
    Column("invitation_code", Text, nullable=False),
    Column("inviter_kind", Text, nullable=False),
    Column("inviter_id", Uuid, nullable=False),
    moment("accepted_at", nullable=False),
    moment("until_at", nullable=False),
    Column("closed_as", Text),
    Index("acceptance_invitee_id_index", "invitee_id", unique=True, postgresql_where=_COUNTS),
    Index("acceptance_inviter_id_index", "inviter_id", postgresql_where=_COUNTS),
)
