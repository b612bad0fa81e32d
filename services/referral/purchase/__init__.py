"""Purchases: what friends buy and bring back, and what that means for who invited them."""
