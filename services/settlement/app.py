"""Settlement: everything that runs in it."""

from shared.app import create_app
from shared.revocation import keep_revoked

service = create_app(
    "settlement",
    title="settlement 结算",
    doors=[],
    hears=[keep_revoked],
)
