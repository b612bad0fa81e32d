"""A brand's rule of points (积分规则): what a yuan earns, how long points live, which tiers there are."""
