"""Member 会员: one person, many identities, her points and her tier.

Owns:  persons, identities, the ledger of points and growth, holds at tills, rules of points.
Says:  member.member.joined, member.owner.assigned, member.identity.bound, member.person.folded.
Hears: directory (revoked credentials), trade (tickets), community (who first brought her in).
"""
