"""Corps as rows. Secrets are sealed; an access token is kept so that all processes share one."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, Uuid

from shared.db.tables import moment, schema

metadata = schema("community")

corp = Table(
    "corp",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("corp_id", Text, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("most_members_count", Integer, nullable=False),
    Column("sweep_s", Integer, nullable=False),
    moment("swept_at"),
)

corp_token = Table(
    "corp_token",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    moment("good_until_at", nullable=False),
)

corp_staff = Table(
    "corp_staff",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("userid", Text, primary_key=True),
    Column("shop_id", Uuid, nullable=False),
    Column("guide_id", Uuid),
    Index("corp_staff_brand_id_shop_id_index", "brand_id", "shop_id"),
)
