"""log and reading"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _answer()
    _cursor()
    _dead_letter()
    _job()
    _lease()
    _log()
    _log_head()
    _reader()
    _revoked_credential()


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "route", "key", name=op.f("answer_pkey")),
    )
    op.create_index("answer_at_index", "answer", ["at"], unique=False)


def _cursor() -> None:
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("off", sa.BigInteger(), nullable=False),
        sa.Column("mirror_off", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("incarnation", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("source", "part", name=op.f("cursor_pkey")),
        postgresql_with={"fillfactor": 10},
    )


def _dead_letter() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("off", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "part", "off", name=op.f("dead_letter_pkey")),
    )
    op.create_index("dead_letter_next_try_at_index", "dead_letter", ["next_try_at"], unique=False)
    op.create_index("dead_letter_source_key_off_index", "dead_letter", ["source", "key", "off"], unique=False)


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("job_pkey")),
        postgresql_with={"fillfactor": 50},
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "part", name=op.f("lease_pkey")),
        postgresql_with={"fillfactor": 10},
    )


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("off", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("part", "off", name=op.f("log_pkey")),
        postgresql_partition_by="LIST (part)",
    )


def _log_head() -> None:
    op.create_table(
        "log_head",
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("next", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("incarnation", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("log_head_pkey")),
        postgresql_with={"fillfactor": 10},
    )


def _reader() -> None:
    op.create_table(
        "reader",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "owner", name=op.f("reader_pkey")),
    )


def _revoked_credential() -> None:
    op.create_table(
        "revoked_credential",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("revoked_credential_pkey")),
    )
    op.create_index("revoked_credential_at_index", "revoked_credential", ["at"], unique=False)
