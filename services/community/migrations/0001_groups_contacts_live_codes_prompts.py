"""groups contacts live codes prompts"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _registry()
    _corps()
    _looks()
    _groups()
    _memberships()
    _contacts_and_prompts()
    _live_codes()


def _registry() -> None:
    """Copies of facts that others own."""
    op.create_table(
        "folded_person",
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("from_id", name=op.f("folded_person_pkey")),
    )
    op.create_index(op.f("folded_person_into_id_index"), "folded_person", ["into_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("lookup", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("identity_pkey")),
    )
    op.create_index(op.f("identity_person_id_index"), "identity", ["person_id"], unique=False)
    op.create_table(
        "join_offer",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("join_offer_pkey")),
    )
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("shop_pkey")),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("staff_pkey")),
    )


def _corps() -> None:
    """Corps, their access tokens, and who stands for which shop."""
    op.create_table(
        "corp",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("corp_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("most_members_count", sa.Integer(), nullable=False),
        sa.Column("sweep_s", sa.Integer(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("corp_pkey")),
        sa.UniqueConstraint("corp_id", name=op.f("corp_corp_id_key")),
    )
    op.create_table(
        "corp_staff",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", "userid", name=op.f("corp_staff_pkey")),
    )
    op.create_index("corp_staff_brand_id_shop_id_index", "corp_staff", ["brand_id", "shop_id"], unique=False)
    op.create_table(
        "corp_token",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("good_until_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("corp_token_pkey")),
    )


def _looks() -> None:
    """What has to be looked at, and what callbacks told."""
    op.create_table(
        "callback",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("change", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "digest", name=op.f("callback_pkey")),
    )
    op.create_index(
        "callback_brand_id_subject_name_index",
        "callback",
        ["brand_id", "subject", "name"],
        unique=False,
        postgresql_where=sa.text("change is not null"),
    )
    op.create_index(
        "callback_received_at_index",
        "callback",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("change is null"),
    )
    op.create_table(
        "look",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), server_default=sa.text("'-infinity'"), nullable=False),
        sa.Column("claim", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("news", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "subject", "name", name=op.f("look_pkey")),
    )
    op.create_index(op.f("look_due_at_index"), "look", ["due_at"], unique=False)


def _groups() -> None:
    """Groups."""
    op.create_table(
        "wecom_group",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_userid", sa.Text(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("member_version", sa.Text(), nullable=True),
        sa.Column("members_count", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("group_id", name=op.f("wecom_group_pkey")),
        sa.UniqueConstraint("brand_id", "chat_id", name=op.f("wecom_group_brand_id_chat_id_key")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("wecom_group_brand_id_shop_id_index", "wecom_group", ["brand_id", "shop_id"], unique=False)


def _memberships() -> None:
    """Who is and was in them, and who was ever first in one."""
    op.create_table(
        "first_join",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "person_id", name=op.f("first_join_pkey")),
    )
    op.create_table(
        "membership",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("lookup", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("live_code_id", sa.Uuid(), nullable=True),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("membership_pkey")),
    )
    op.create_index("membership_group_id_lookup_index", "membership", ["group_id", "lookup"], unique=False)
    op.create_index(
        "membership_group_id_lookup_key",
        "membership",
        ["group_id", "lookup"],
        unique=True,
        postgresql_where=sa.text("left_at is null"),
    )
    op.create_index(
        "membership_live_code_id_index",
        "membership",
        ["live_code_id"],
        unique=False,
        postgresql_where=sa.text("live_code_id is not null"),
    )
    op.create_index(op.f("membership_person_id_index"), "membership", ["person_id"], unique=False)


def _contacts_and_prompts() -> None:
    """Contacts, and who was asked last."""
    op.create_table(
        "contact",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("lookup", sa.Uuid(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("external_userid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("live_code_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", "lookup", "userid", name=op.f("contact_pkey")),
    )
    op.create_index(
        "contact_live_code_id_index",
        "contact",
        ["live_code_id"],
        unique=False,
        postgresql_where=sa.text("live_code_id is not null"),
    )
    op.create_index(op.f("contact_person_id_index"), "contact", ["person_id"], unique=False)
    op.create_table(
        "prompt",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_prompted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "person_id", name=op.f("prompt_pkey")),
        postgresql_with={"fillfactor": 70},
    )


def _live_codes() -> None:
    """Live codes."""
    op.create_table(
        "live_code",
        sa.Column("live_code_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("leads_to", sa.Text(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.Column("config_id", sa.Text(), nullable=True),
        sa.Column("qr_code", sa.Text(), nullable=True),
        sa.Column("targets", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), server_default=sa.text("'-infinity'"), nullable=False),
        sa.Column("claim", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("live_code_id", name=op.f("live_code_pkey")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("live_code_brand_id_code_key")),
        sa.UniqueConstraint("brand_id", "state", name=op.f("live_code_brand_id_state_key")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "live_code_due_at_index", "live_code", ["due_at"], unique=False, postgresql_where=sa.text("due_at is not null")
    )
    op.create_index("live_code_shop_id_index", "live_code", ["shop_id"], unique=False)
