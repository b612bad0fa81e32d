"""Invitations (邀请) and their acceptances: whose code it is, and who came by it; sharing it earns nothing."""
