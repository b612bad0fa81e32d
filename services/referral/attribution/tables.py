"""Attributions: one for each invitee, two columns for two levels, and nowhere to write a third."""

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("referral")

attribution = Table(
    "attribution",
    metadata,
    Column("invitee_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("inviter_kind", Text, nullable=False),
    Column("inviter_id", Uuid, nullable=False),
    Column("inviter_of_inviter_id", Uuid),
    Column("invitation_code", Text, nullable=False),
    moment("accepted_at", nullable=False),
    moment("attributed_at", nullable=False),
    Column("cause", Text, nullable=False),
    moment("voided_at"),
    Column("voided_as", Text),
    CheckConstraint("inviter_id <> invitee_id or voided_at is not null", name="first_level"),
    CheckConstraint("inviter_of_inviter_id not in (inviter_id, invitee_id)", name="second_level"),
    Index("attribution_inviter_id_index", "inviter_id"),
    Index(
        "attribution_inviter_of_inviter_id_index",
        "inviter_of_inviter_id",
        postgresql_where=text("inviter_of_inviter_id is not null"),
    ),
    postgresql_with={"fillfactor": 90},
)
