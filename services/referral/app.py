"""Referral: everything that runs in it."""

from shared.app import create_app
from shared.events import referral
from shared.revocation import keep_revoked

service = create_app(
    "referral",
    title="referral 转介",
    doors=[],
    says=referral.EVENTS,
    hears=[keep_revoked],
)
