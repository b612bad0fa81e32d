"""The checker: holds what was sent against what stands, and shares no code with what it checks.

It reads the replay's journal, the public API and the tables; it computes tickets, sales, points, tiers, stock,
coupons, memberships and splits by its own arithmetic; every difference is listed.
"""
