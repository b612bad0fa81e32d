"""Credentials (凭证): what a till, a partner or a member of staff proves itself by, and how it counts no more."""
