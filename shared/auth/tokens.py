"""Access tokens: short-lived, signed, checked without asking anyone. JWT (RFC 7519) with EdDSA (RFC 8037).

Directory signs for tills, staff, shoppers and partners; a service signs for itself alone. A checked token is
remembered by its digest until it expires; a revoked credential counts no more at once.
"""

import hashlib
from collections.abc import Mapping
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.auth.caller import Caller, Kind, NotSignedIn, Role
from shared.clock import system_now
from shared.ids import id_of

AUDIENCE = "siyu"
LIFETIME_S = 900
SERVICE_LIFETIME_S = 60
ISSUER_OF_CALLERS = "directory"
_MOST_REMEMBERED = 20_000


class Signer:
    """Signs tokens as one service."""

    def __init__(self, issuer: str, key: Ed25519PrivateKey) -> None:
        self._issuer = issuer
        self._key = key

    def token(self, caller: Caller, lifetime_s: int = LIFETIME_S) -> str:
        """A token for this caller."""
        now = int(system_now().timestamp())
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + lifetime_s,
            "sub": str(caller.id),
            "kind": caller.kind,
            "brand": str(caller.brand_id),
            "name": caller.name,
            "roles": sorted(caller.roles),
            "shops": None if caller.shop_ids is None else sorted(str(shop) for shop in caller.shop_ids),
        }
        if caller.credential_id is not None:
            claims["credential"] = str(caller.credential_id)
        return jwt.encode(claims, self._key, algorithm="EdDSA")

    def own_token(self, brand_id: UUID) -> str:
        """A token for this service itself, to call a sister on behalf of a brand."""
        caller = Caller(Kind.SERVICE, UUID(int=0), brand_id, name=self._issuer, shop_ids=None)
        return self.token(caller, SERVICE_LIFETIME_S)


class Verifier:
    """Checks tokens against the public keys of those who may sign."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._revoked: set[UUID] = set()

    def revoke(self, credential_id: UUID) -> None:
        """This credential's tokens count no more."""
        self._revoked.add(credential_id)

    def caller(self, token: str) -> Caller:
        """Who holds this token; raises `NotSignedIn`."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        now = system_now().timestamp()
        if known is None:
            known = self._check(token)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known = {key: item for key, item in self._known.items() if item[1] > now}
            if len(self._known) < _MOST_REMEMBERED:
                self._known[digest] = known
        caller, expires = known
        if expires <= now or caller.credential_id in self._revoked:
            raise NotSignedIn
        return caller

    def _check(self, token: str) -> tuple[Caller, float]:
        try:
            issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
            claims = jwt.decode(
                token,
                self._keys[issuer],
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=issuer,
                options={"require": ["exp", "iat", "sub"]},
            )
            caller = _caller(claims)
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
            raise NotSignedIn from error
        is_own = caller.kind is Kind.SERVICE and caller.name == issuer
        if not is_own and (caller.kind is Kind.SERVICE or issuer != ISSUER_OF_CALLERS):
            raise NotSignedIn
        return caller, float(claims["exp"])


def _caller(claims: Mapping[str, object]) -> Caller:
    shops, roles, credential = claims["shops"], claims["roles"], claims.get("credential")
    assert isinstance(roles, list)
    return Caller(
        kind=Kind(str(claims["kind"])),
        id=id_of(str(claims["sub"])),
        brand_id=id_of(str(claims["brand"])),
        name=str(claims["name"]),
        roles=frozenset(Role(role) for role in roles),
        shop_ids=frozenset(id_of(shop) for shop in shops) if isinstance(shops, list) else None,
        credential_id=id_of(str(credential)) if credential is not None else None,
    )
