"""Campaign: everything that runs in it."""

from shared.app import create_app
from shared.events import campaign
from shared.revocation import keep_revoked

service = create_app(
    "campaign",
    title="campaign 营销",
    doors=[],
    says=campaign.EVENTS,
    hears=[keep_revoked],
)
