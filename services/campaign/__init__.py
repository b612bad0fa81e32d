"""Campaign 营销: coupons and what they cost.

Owns:  coupon campaigns, budgets, coupons and their stories, holds, redemptions, overruns.
Says:  campaign.join_offer.saved, campaign.coupon.issued.
Hears: directory (revoked credentials), trade (tickets), community (joiners), member (folds), referral (rewards).
"""
