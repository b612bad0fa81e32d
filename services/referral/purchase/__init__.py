"""Purchases: what friends buy and bring back, and what it means for who invited them."""
