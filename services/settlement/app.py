"""Settlement: everything that runs in it."""

from services.settlement.ledger import api as ledger_api
from services.settlement.ledger import consumers as ledger
from services.settlement.ledger import jobs as ledger_jobs
from services.settlement.registry import consumers as registry
from services.settlement.split import api as split_api
from shared.app import create_app
from shared.revocation import keep_revoked

service = create_app(
    "settlement",
    title="settlement 结算",
    doors=[split_api.doors, ledger_api.doors],
    hears=[
        keep_revoked,
        registry.keep_shops,
        registry.keep_partners,
        registry.keep_classes,
        registry.keep_owners,
        ledger.post_tickets,
    ],
    jobs=[ledger_jobs.watch_balance],
    projections=["shop", "partner", "sku", "owner", "posting", "account_day"],
)
