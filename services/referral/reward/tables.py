"""Rewards as they stand, the ledger of rebates, and sales that wait for their buyer's attribution."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("referral")

_OF_TICKET = text("ticket_id is not null")

reward = Table(
    "reward",
    metadata,
    Column("reward_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("inviter_id", Uuid, nullable=False),
    Column("invitee_id", Uuid, nullable=False),
    Column("ticket_id", Uuid),
    Column("whole_fen", BigInteger, nullable=False),
    Column("back_fen", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("accrued_fen", BigInteger, nullable=False),
    Column("matured_fen", BigInteger, nullable=False),
    Column("reversed_fen", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("month_on", Date, nullable=False),
    moment("accrued_at", nullable=False),
    moment("matures_at"),
    Column("coupon_id", Uuid),
    Column("rule_version", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    CheckConstraint("level in (1, 2)", name="level"),  # a third level has no row to stand in
    CheckConstraint("kind = 'coupon' or amount_fen = accrued_fen + matured_fen + reversed_fen", name="whole"),
    CheckConstraint("least(accrued_fen, matured_fen, reversed_fen) >= 0", name="signs"),
    Index("reward_inviter_id_reward_id_index", "inviter_id", "reward_id"),
    Index("reward_invitee_id_index", "invitee_id"),
    Index("reward_ticket_id_level_index", "ticket_id", "level", unique=True, postgresql_where=_OF_TICKET),
    Index("reward_matures_at_index", "matures_at", postgresql_where=text("kind = 'cash' and state = 'accrued'")),
    postgresql_with={"fillfactor": 80},
)

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("reward_id", Uuid, primary_key=True),
    Column("posting_id", Uuid, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    moment("posted_at", nullable=False),
    Index("ledger_entry_brand_id_index", "brand_id"),
)

waiting_sale = Table(
    "waiting_sale",
    metadata,
    Column("ticket_id", Uuid, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("member_id", Uuid, nullable=False),
    moment("sold_at", nullable=False),
    Column("whole_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("back_fen", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Index("waiting_sale_member_id_index", "member_id"),
)
