"""The checker: holds what was sent against what stands, and shares no code with what it checks.

It reads the replay's journal, the public API and the tables; it computes tickets and whose they are, sales, points and
their lots, tiers, stock, coupons, memberships, rewards and splits by its own arithmetic; every difference is listed.
Of the replay it takes the draws: who invites whom follows from the households' numbers.
"""
