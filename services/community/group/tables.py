"""Groups, who is and was in them, and who was ever first in one."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("community")

wecom_group = Table(
    "wecom_group",
    metadata,
    Column("group_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner_userid", Text, nullable=False),
    Column("shop_id", Uuid),  # none while its owner stands for no shop; until then nobody in it counts
    Column("member_version", Text),
    Column("members_count", Integer, nullable=False),
    moment("opened_at", nullable=False),
    moment("seen_at", nullable=False),
    moment("dismissed_at"),
    UniqueConstraint("brand_id", "chat_id"),
    Index("wecom_group_brand_id_shop_id_index", "brand_id", "shop_id"),
    postgresql_with={"fillfactor": 80},
)

# `lookup` is of the external_userid: two that turn out to be one person are two in the group all the same.
membership = Table(
    "membership",
    metadata,
    Column("membership_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("group_id", Uuid, nullable=False),
    Column("lookup", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("live_code_id", Uuid),
    Column("is_first", Boolean, nullable=False),
    moment("joined_at", nullable=False),
    moment("left_at"),
    Column("cause", Text, nullable=False),
    Index("membership_group_id_lookup_index", "group_id", "lookup"),
    Index(
        "membership_group_id_lookup_key", "group_id", "lookup", unique=True, postgresql_where=text("left_at is null")
    ),
    Index("membership_live_code_id_index", "live_code_id", postgresql_where=text("live_code_id is not null")),
)

first_join = Table(
    "first_join",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("membership_id", Uuid, nullable=False),
    moment("joined_at", nullable=False),
)
