"""Staff as rows. Their names live here and nowhere else."""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, Table, Text, UniqueConstraint, Uuid

from shared.db.tables import moment, schema

metadata = schema("directory")

staff = Table(
    "staff",
    metadata,
    Column("staff_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("shop_ids", ARRAY(Uuid)),  # none: every shop
    Column("joined_on", Date),
    moment("left_at"),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("brand_id", "code"),
    Index("staff_shop_ids_index", "shop_ids", postgresql_using="gin"),
)
