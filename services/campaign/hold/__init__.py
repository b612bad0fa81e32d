"""Holds (占用): a coupon that a till is about to use is kept for it, with its place in the budgets, for a while."""
