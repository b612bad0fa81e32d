"""Trade: everything that runs in it."""

from services.trade.registry import consumers as registry
from services.trade.ticket import api as ticket_api
from services.trade.ticket import consumers as ticket
from services.trade.ticket import jobs as ticket_jobs
from services.trade.ticket.schemas import WRITTEN_EXAMPLE, written_shape
from shared.app import Inbox, create_app
from shared.events import trade
from shared.revocation import keep_revoked

service = create_app(
    "trade",
    title="trade 交易",
    doors=[ticket_api.doors],
    says=trade.EVENTS,
    hears=[
        keep_revoked,
        registry.keep_shops,
        registry.keep_skus,
        registry.keep_identities,
        registry.fold_people,
        ticket.attribute,
    ],
    jobs=[ticket_jobs.void_missed],
    inbox=Inbox(ticket.take_written, written_shape(), WRITTEN_EXAMPLE),
)
