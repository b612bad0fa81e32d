"""The ledger: a posting's entries are one row of arrays; balances are kept by account, shop and day.

No account that everybody hits is one row: head office's fee is spread over shops and days, and a balance is the
sum of those.
"""

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, Table, Text, Uuid, text

from shared.db.tables import moment, schema

metadata = schema("settlement")

posting = Table(
    "posting",
    metadata,
    Column("ticket_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("brand_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("original_id", Uuid),
    Column("business_on", Date, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("accounts", ARRAY(Text), nullable=False),
    Column("party_ids", ARRAY(Uuid), nullable=False),
    Column("rules", ARRAY(Text), nullable=False),
    Column("amounts_fen", ARRAY(BigInteger), nullable=False),
    Column("event_id", Uuid, nullable=False),
    moment("posted_at", nullable=False),  # when its event was said: a ledger rebuilt from the log says the same
    Index("posting_original_id_index", "original_id", postgresql_where=text("original_id is not null")),
)

account_day = Table(
    "account_day",
    metadata,
    Column("brand_id", Uuid, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("party_id", Uuid, primary_key=True),
    Column("business_on", Date, primary_key=True),
    Column("shop_id", Uuid, primary_key=True),
    Column("amount_fen", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 70},
)
