"""Shops (门店) and their tills (收银机)."""
