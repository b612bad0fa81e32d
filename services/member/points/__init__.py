"""Points (积分): a ledger of what was earned, spent and expired, and of growth, which is never spent."""
