"""Rewards (奖励): accrued, matured after the return window, reversed with what came back; each fen in a ledger."""
