"""Member: everything that runs in it."""

from services.member.earning import consumers as earning
from services.member.hold import api as hold_api
from services.member.hold import jobs as hold
from services.member.identity import api as identity_api
from services.member.identity import consumers as identity
from services.member.points import api as points_api
from services.member.points import jobs as points
from services.member.points_rule import api as points_rule_api
from shared.app import create_app
from shared.events import member
from shared.revocation import keep_revoked

service = create_app(
    "member",
    title="member 会员",
    doors=[identity_api.doors, points_api.doors, hold_api.doors, points_rule_api.doors],
    says=member.EVENTS,
    hears=[
        keep_revoked,
        identity.bring_in,
        earning.take_tickets,
    ],
    jobs=[hold.expire_holds, points.expire_points],
)
