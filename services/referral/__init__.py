"""Referral 转介: who brought whom, and what she earned by it.

Owns:  invitations, attributions, rewards and their ledger.
Says:  referral.reward.accrued.
Hears: directory (revoked credentials), trade (tickets), community (joiners), member (joined, folded), campaign (coupons).
"""
