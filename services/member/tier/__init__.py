"""Tiers (等级): what growth, which is never spent, makes of a member."""
