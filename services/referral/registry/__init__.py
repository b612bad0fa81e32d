"""What referral keeps of what others say: since when a person is the brand's own, who she is now, which shops exist."""
