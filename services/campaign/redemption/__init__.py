"""Redemption (核销) by tickets: what a till gave is counted; what it should not have given is the shop's overrun."""
