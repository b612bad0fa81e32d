"""Campaign: everything that runs in it."""

from services.campaign.coupon import api as coupon_api
from services.campaign.coupon import consumers as coupon
from services.campaign.fold import consumers as fold
from services.campaign.hold import api as hold_api
from services.campaign.hold import jobs as hold_jobs
from services.campaign.offer import api as offer_api
from services.campaign.redemption import api as redemption_api
from services.campaign.redemption import consumers as redemption
from shared.app import create_app
from shared.events import campaign
from shared.revocation import keep_revoked

service = create_app(
    "campaign",
    title="campaign 营销",
    doors=[offer_api.doors, coupon_api.doors, hold_api.doors, redemption_api.doors],
    says=campaign.EVENTS,
    hears=[
        keep_revoked,
        coupon.welcome_joiners,
        coupon.reward_inviters,
        fold.fold_people,
        redemption.take_tickets,
    ],
    jobs=[hold_jobs.expire_coupon_holds],
)
