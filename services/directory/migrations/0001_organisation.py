"""organisation"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _brand()
    _credential()
    _division()
    _mini_program()
    _partner()
    _shop()
    _sign_in_try()
    _sku()
    _staff()
    _till()


def _brand() -> None:
    op.create_table(
        "brand",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("brand_pkey")),
        sa.UniqueConstraint("code", name=op.f("brand_code_key")),
    )


def _credential() -> None:
    op.create_table(
        "credential",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("is_one_time", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("credential_pkey")),
    )
    op.create_index(
        "credential_holder_id_credential_id_index", "credential", ["holder_id", "credential_id"], unique=False
    )
    op.create_index(
        "credential_one_password_index",
        "credential",
        ["holder_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'staff' and revoked_at is null"),
    )


def _division() -> None:
    op.create_table(
        "division",
        sa.Column("division_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("division_id", name=op.f("division_pkey")),
        sa.UniqueConstraint("brand_id", "kind", "code", name=op.f("division_brand_id_kind_code_key")),
    )


def _mini_program() -> None:
    op.create_table(
        "mini_program",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("mini_program_pkey")),
        sa.UniqueConstraint("app_id", name=op.f("mini_program_app_id_key")),
    )


def _partner() -> None:
    op.create_table(
        "partner",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("partner_pkey")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("partner_brand_id_code_key")),
    )


def _shop() -> None:
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region_id", sa.Uuid(), nullable=True),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("cutover_minutes", sa.Integer(), nullable=False),
        sa.Column("longitude_e6", sa.Integer(), nullable=False),
        sa.Column("latitude_e6", sa.Integer(), nullable=False),
        sa.Column("hours", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("deliveries_per_hour", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("shop_pkey")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("shop_brand_id_code_key")),
    )
    op.create_index(
        "shop_position_index",
        "shop",
        [sa.literal_column("point(longitude_e6, latitude_e6)")],
        unique=False,
        postgresql_using="gist",
    )


def _sign_in_try() -> None:
    op.create_table(
        "sign_in_try",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("sign_in_try_pkey")),
        postgresql_with={"fillfactor": 70},
    )


def _sku() -> None:
    op.create_table(
        "sku",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("product_class", sa.Text(), nullable=False),
        sa.Column("is_goods", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "sku", name=op.f("sku_pkey")),
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("shop_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("staff_pkey")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("staff_brand_id_code_key")),
    )
    op.create_index("staff_shop_ids_index", "staff", ["shop_ids"], unique=False, postgresql_using="gin")


def _till() -> None:
    op.create_table(
        "till",
        sa.Column("till_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("till_id", name=op.f("till_pkey")),
        sa.UniqueConstraint("shop_id", "code", name=op.f("till_shop_id_code_key")),
    )
