"""Referral 转介: who brought whom, and what she earned by it.

Owns:  invitations, acceptances, attributions, reward rules, rewards and their ledger, copies of people, shops, goods.
Says:  referral.reward.accrued.
Hears: directory (shops, goods, revoked credentials), trade (tickets), community (joiners), member (joined, folded),
       campaign (coupons issued for rewards).
"""
