"""What a secret is at rest, and when it is believed.

A machine's secret is 256 random bits: SHA-256 is enough. A person's password is short: Argon2id (RFC 9106).
"""

import hashlib
import hmac
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from shared.errors import Refusal
from shared.words import Words

SECRET_BYTES = 32
LEAST_LETTERS = 10
MOST_TRIES = 10
LOCKED_S = 300

_HASHER = PasswordHasher()

# What nobody's password fits, so that an unknown name takes as long as a known one.
NOBODYS = b"$argon2id$v=19$m=65536,t=3,p=4$c2l5dS1ub2JvZHktc2FsdA$EqFIJMXWBCKQJHKU2sBDnFcMJLHeaBGhnxnmqyZvMG0"


class Kind(StrEnum):
    """Who is proven by a credential."""

    TILL = "till"
    PARTNER = "partner"
    STAFF = "staff"


class CredentialRefused(Refusal):
    """The secret does not fit, or there is no such credential: the two look alike on purpose."""

    code = "directory.credential_refused"
    status = 401
    words = Words(
        "凭证或密码不正确，或已被撤销；请核对，或请上级重新发放。",
        "The credential or its secret is wrong or revoked: check it, or ask for a new one.",
    )


class PasswordMustChange(Refusal):
    """A one-time password opens nothing but its own change."""

    code = "directory.password_must_change"
    status = 403
    words = Words(
        "这是一次性密码，请先设置您自己的密码（passwords:change）。",
        "This is a one-time password: set one of your own first (passwords:change).",
    )


class PasswordWeak(Refusal):
    """The new password is too short, the old one again, or holds the staff code."""

    code = "directory.password_weak"
    status = 422
    words = Words(
        "新密码至少 {least} 个字符，不得与旧密码相同，也不得包含工号。",
        "A new password has at least {least} characters, is not the old one and does not hold the staff code.",
    )


def digest(secret: str) -> bytes:
    """What is stored of a machine's secret."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret(stored: bytes, secret: str) -> bool:
    """Whether it is the one, in constant time."""
    return hmac.compare_digest(stored, digest(secret))


def hashed(password: str) -> bytes:
    """What is stored of a password; slow on purpose."""
    return _HASHER.hash(password).encode()


def is_password(stored: bytes, password: str) -> bool:
    """Whether it is the one; slow on purpose."""
    try:
        return _HASHER.verify(stored.decode(), password)
    except VerifyMismatchError:
        return False


def must_be_strong(password: str, old: str, staff_code: str) -> None:
    """Raise `PasswordWeak` where a new password would not keep a stranger out."""
    if len(password) < LEAST_LETTERS or password == old or staff_code.lower() in password.lower():
        raise PasswordWeak(least=LEAST_LETTERS)


def tries_name(*parts: str) -> bytes:
    """Under what the tries of one name are counted, whether or not there is such a name."""
    return hashlib.sha256("\x1f".join(parts).encode()).digest()
