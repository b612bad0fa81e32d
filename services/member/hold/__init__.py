"""Holds (占用): points set aside while a shopper stands at a till, until the ticket posts them or they are let go."""
