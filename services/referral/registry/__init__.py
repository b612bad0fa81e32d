"""What referral keeps of what others say: who is the brand's own, who she is now, which shops exist, what is goods."""
