"""The tables that every service's schema carries: its log, its place in other logs, its jobs and answers."""

from functools import cache

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

_NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_index",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

CARRIED_BY_ALL = frozenset(
    {
        "log_head",
        "log",
        "cursor",
        "lease",
        "reader",
        "dead_letter",
        "job",
        "answer",
        "revoked_credential",
    }
)

NOW = text("now()")


@cache
def schema(service: str) -> MetaData:
    """The one metadata of a service; its nouns' `tables.py` add to it."""
    metadata = MetaData(naming_convention=_NAMES)
    _add_log(metadata)
    _add_reading(metadata)
    _add_edge(metadata)
    assert {table.name for table in metadata.tables.values()} == CARRIED_BY_ALL, service
    return metadata


def moment(name: str, **options: object) -> "Column[object]":
    """A column of aware time."""
    return Column(name, DateTime(timezone=True), **options)  # type: ignore[arg-type]  # passed through as it is


def _add_log(metadata: MetaData) -> None:
    """Dense offsets in commit order: an offset is given at the end of the transaction of the business rows."""
    Table(
        "log_head",
        metadata,
        Column("part", SmallInteger, primary_key=True, autoincrement=False),
        Column("next", BigInteger, nullable=False, server_default="0"),
        Column("incarnation", Uuid, nullable=False),
        postgresql_with={"fillfactor": 10},
    )
    Table(
        "log",
        metadata,
        Column("part", SmallInteger, primary_key=True, autoincrement=False),
        Column("off", BigInteger, primary_key=True, autoincrement=False),
        Column("event_id", Uuid, nullable=False),
        Column("key", Text, nullable=False),
        Column("type", Text, nullable=False),
        moment("at", nullable=False),
        Column("cause", Text, nullable=False),
        Column("trace", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Index("log_event_id_index", "event_id", postgresql_using="brin"),
        postgresql_partition_by="LIST (part)",
    )


def _add_reading(metadata: MetaData) -> None:
    """Where this service stands in the logs that it hears, who reads for it, and what it could not take."""
    Table(
        "cursor",
        metadata,
        Column("source", Text, primary_key=True),
        Column("part", SmallInteger, primary_key=True, autoincrement=False),
        Column("off", BigInteger, nullable=False),
        Column("mirror_off", BigInteger, nullable=False, server_default="0"),
        Column("incarnation", Uuid, nullable=False),
        postgresql_with={"fillfactor": 10},
    )
    Table(
        "lease",
        metadata,
        Column("source", Text, primary_key=True),
        Column("part", SmallInteger, primary_key=True, autoincrement=False),
        Column("owner", Text, nullable=False),
        moment("until", nullable=False),
        postgresql_with={"fillfactor": 10},
    )
    Table(
        "reader",
        metadata,
        Column("source", Text, primary_key=True),
        Column("owner", Text, primary_key=True),
        moment("until", nullable=False),
    )
    Table(
        "dead_letter",
        metadata,
        Column("source", Text, primary_key=True),
        Column("part", SmallInteger, primary_key=True, autoincrement=False),
        Column("off", BigInteger, primary_key=True, autoincrement=False),
        Column("event_id", Uuid, nullable=False),
        Column("key", Text, nullable=False),
        Column("type", Text, nullable=False),
        moment("at", nullable=False),
        Column("cause", Text, nullable=False),
        Column("trace", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("error", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        moment("next_try_at", nullable=False),
        Index("dead_letter_source_key_off_index", "source", "key", "off"),
        Index("dead_letter_next_try_at_index", "next_try_at"),
    )


def _add_edge(metadata: MetaData) -> None:
    """Jobs that run once per due time, answers kept for repeated requests, credentials that count no more."""
    Table(
        "job",
        metadata,
        Column("name", Text, primary_key=True),
        moment("due_at", nullable=False, server_default=NOW),
        postgresql_with={"fillfactor": 50},
    )
    Table(
        "answer",
        metadata,
        Column("caller", Text, primary_key=True),
        Column("route", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("content_type", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        moment("at", nullable=False, server_default=NOW),
        Index("answer_at_index", "at"),
    )
    Table(
        "revoked_credential",
        metadata,
        Column("credential_id", Uuid, primary_key=True),
        moment("at", nullable=False, server_default=NOW),
        Index("revoked_credential_at_index", "at"),
    )
