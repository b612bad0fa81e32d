"""Tokens (令牌): what a credential, a password or a mini-program's code is exchanged for, for a quarter of an hour."""
