"""Budgets: how many coupons were issued, held and redeemed and what they took off, in all and at each shop."""
