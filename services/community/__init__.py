"""Community 社群: contacts, groups, live codes, and what the till says to whom.

Owns:  contacts, groups and who is in them, live codes, WeCom's callbacks, prompts, the brand's corp in WeCom.
Says:  community.contact.added, community.membership.joined.
Hears: directory (shops, staff, revoked credentials), member (identities, folds), campaign (the join offer).
"""
