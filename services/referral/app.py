"""Referral: everything that runs in it."""

from services.referral.attribution import api as attribution_api
from services.referral.attribution import consumers as attribution
from services.referral.invitation import api as invitation_api
from services.referral.purchase import consumers as purchase
from services.referral.registry import consumers as registry
from services.referral.reward import api as reward_api
from services.referral.reward import consumers as reward
from services.referral.reward import jobs as reward_jobs
from services.referral.reward_rule import api as reward_rule_api
from shared.app import create_app
from shared.events import referral
from shared.revocation import keep_revoked

service = create_app(
    "referral",
    title="referral 转介",
    doors=[reward_rule_api.doors, invitation_api.doors, attribution_api.doors, reward_api.doors],
    says=referral.EVENTS,
    hears=[
        keep_revoked,
        registry.keep_shops,
        registry.keep_skus,
        attribution.take_members,
        attribution.take_joiners,
        purchase.take_tickets,
        reward.mark_fulfilled,
    ],
    jobs=[reward_jobs.mature_rewards],
)
