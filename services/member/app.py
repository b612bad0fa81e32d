"""Member: everything that runs in it."""

from shared.app import create_app
from shared.events import member
from shared.revocation import keep_revoked

service = create_app(
    "member",
    title="member 会员",
    doors=[],
    says=member.EVENTS,
    hears=[keep_revoked],
)
