"""Coupon campaigns: what a coupon takes off, for whom, how long and how often; a started one never changes."""
