"""A brand's reward rule (转介规则): how long an invitation counts, what a friend who joins or buys is worth."""
