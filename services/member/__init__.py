"""Member 会员: one person, many identities, her points and her tier.

Owns:  persons, identities, points, growth, tiers.
Says:  member.member.joined, member.identity.bound, member.person.folded.
Hears: directory (revoked credentials), trade (tickets), community (who first brought her in).
"""
