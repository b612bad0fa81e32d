"""Inventory sharing at work."""
