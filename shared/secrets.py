"""Keys and passwords: made once at the first start, derived from one secret, never written anywhere else.

Derivation is HKDF-SHA256 (RFC 5869) with the purpose as `info`.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.ids import id_of


@dataclass(frozen=True)
class Secrets:
    """What a deployment keeps to itself."""

    master: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose."""
        return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(self.master)

    def password(self, role: str) -> str:
        """The password of a database role."""
        return self.derive(f"database role {role}").hex()

    def signing_key(self, service: str) -> Ed25519PrivateKey:
        """What a service signs its tokens with."""
        return Ed25519PrivateKey.from_private_bytes(self.derive(f"token signing {service}"))

    def public_key(self, service: str) -> Ed25519PublicKey:
        """What its tokens are checked with."""
        return self.signing_key(service).public_key()

    def lookup(self, brand_id: UUID, kind: str, value: str) -> UUID:
        """The opaque form in which an identity travels: HMAC-SHA256 under the brand's key, 128 bits of it."""
        return self.lookups(brand_id)(kind, value)

    def lookups(self, brand_id: UUID) -> Callable[[str, str], UUID]:
        """How the identities (kind, value) of one brand's shoppers are made opaque: `lookup` for many."""
        keyed = _lookup_hash(self, brand_id)

        def lookup(kind: str, value: str) -> UUID:
            digest = keyed.copy()
            digest.update(f"{kind}\x1f{value}".encode())
            return id_of(digest.digest()[:16])

        return lookup


@lru_cache(maxsize=1024)
def _lookup_hash(secrets_: Secrets, brand_id: UUID) -> hmac.HMAC:
    """Keyed once: to copy it costs a tenth of keying it anew."""
    return hmac.new(secrets_.derive(f"identity lookup {brand_id}"), digestmod=hashlib.sha256)


def load_or_make(path: Path) -> Secrets:
    """Read the secret, or make it (mode 0600) where there is none; two first starts at once agree on one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Secrets(path.read_bytes())
