"""Folds: two people proved to be one, who has one join coupon."""
