"""Community: everything that runs in it."""

from shared.app import create_app
from shared.events import community
from shared.revocation import keep_revoked

service = create_app(
    "community",
    title="community 社群",
    doors=[],
    says=community.EVENTS,
    hears=[keep_revoked],
)
