"""invitations and rewards"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    _acceptance()
    _attribution()
    _invitation()
    _ledger_entry()
    _person()
    _reward()
    _reward_rule()
    _shop()
    _waiting_sale()


def _acceptance() -> None:
    op.create_table(
        "acceptance",
        sa.Column("acceptance_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("invitee_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_code", sa.Text(), nullable=False),
        sa.Column("inviter_kind", sa.Text(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_as", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("acceptance_id", name=op.f("acceptance_pkey")),
    )
    op.create_index(
        "acceptance_invitee_id_index",
        "acceptance",
        ["invitee_id"],
        unique=True,
        postgresql_where=sa.text("closed_as is null or closed_as = 'attributed'"),
    )
    op.create_index(
        "acceptance_inviter_id_index",
        "acceptance",
        ["inviter_id"],
        unique=False,
        postgresql_where=sa.text("closed_as is null or closed_as = 'attributed'"),
    )


def _attribution() -> None:
    op.create_table(
        "attribution",
        sa.Column("invitee_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_kind", sa.Text(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_of_inviter_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_code", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attributed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_as", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "inviter_id <> invitee_id or voided_at is not null", name=op.f("attribution_first_level_check")
        ),
        sa.CheckConstraint(
            "inviter_of_inviter_id not in (inviter_id, invitee_id)", name=op.f("attribution_second_level_check")
        ),
        sa.PrimaryKeyConstraint("invitee_id", name=op.f("attribution_pkey")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_index("attribution_inviter_id_index", "attribution", ["inviter_id"], unique=False)
    op.create_index(
        "attribution_inviter_of_inviter_id_index",
        "attribution",
        ["inviter_of_inviter_id"],
        unique=False,
        postgresql_where=sa.text("inviter_of_inviter_id is not null"),
    )


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("invitation_code", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_kind", sa.Text(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("invitation_code", name=op.f("invitation_pkey")),
    )
    op.create_index(
        "invitation_active_index",
        "invitation",
        ["brand_id", "inviter_kind", "inviter_id"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_index("invitation_inviter_id_index", "invitation", ["inviter_id"], unique=False)


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reward_id", "posting_id", "account", name=op.f("ledger_entry_pkey")),
    )
    op.create_index("ledger_entry_brand_id_index", "ledger_entry", ["brand_id"], unique=False)


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("became_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("folded_into", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("person_pkey")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_index(
        "person_folded_into_index",
        "person",
        ["folded_into"],
        unique=False,
        postgresql_where=sa.text("folded_into is not null"),
    )


def _reward() -> None:
    op.create_table(
        "reward",
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("invitee_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("whole_fen", sa.BigInteger(), nullable=False),
        sa.Column("back_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("accrued_fen", sa.BigInteger(), nullable=False),
        sa.Column("matured_fen", sa.BigInteger(), nullable=False),
        sa.Column("reversed_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("accrued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matures_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind = 'coupon' or amount_fen = accrued_fen + matured_fen + reversed_fen", name=op.f("reward_whole_check")
        ),
        sa.CheckConstraint("least(accrued_fen, matured_fen, reversed_fen) >= 0", name=op.f("reward_signs_check")),
        sa.CheckConstraint("level in (1, 2)", name=op.f("reward_level_check")),
        sa.PrimaryKeyConstraint("reward_id", name=op.f("reward_pkey")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("reward_invitee_id_index", "reward", ["invitee_id"], unique=False)
    op.create_index("reward_inviter_id_reward_id_index", "reward", ["inviter_id", "reward_id"], unique=False)
    op.create_index(
        "reward_matures_at_index",
        "reward",
        ["matures_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'cash' and state = 'accrued'"),
    )
    op.create_index(
        "reward_ticket_id_level_index",
        "reward",
        ["ticket_id", "level"],
        unique=True,
        postgresql_where=sa.text("ticket_id is not null"),
    )


def _reward_rule() -> None:
    op.create_table(
        "reward_rule",
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("reward_rule_pkey")),
    )


def _shop() -> None:
    op.create_table(
        "shop",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("shop_pkey")),
    )


def _waiting_sale() -> None:
    op.create_table(
        "waiting_sale",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("back_fen", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("waiting_sale_pkey")),
    )
    op.create_index("waiting_sale_member_id_index", "waiting_sale", ["member_id"], unique=False)
