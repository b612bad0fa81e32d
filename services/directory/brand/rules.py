"""What a brand's secrets look like at rest, and what is refused about them."""

from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Refusal
from shared.words import Words

PURPOSE = "mini-program secrets"
NONCE_BYTES = 12


class MiniProgramTaken(Refusal):
    """The mini-program logs in another brand's shoppers."""

    code = "directory.mini_program_taken"
    words = Words(
        "小程序 {app_id} 已属于其他品牌，请核对 AppID。",
        "Mini-program {app_id} is another brand's: check the app id.",
    )


def sealed(key: bytes, nonce: bytes, app_secret: str, brand_id: UUID, app_id: str) -> bytes:
    """The secret under AES-256-GCM, bound to its brand and its app: moved to another row it opens no more."""
    return nonce + AESGCM(key).encrypt(nonce, app_secret.encode(), _bound_to(brand_id, app_id))


def opened(key: bytes, box: bytes, brand_id: UUID, app_id: str) -> str:
    """The secret as it was."""
    nonce, ciphertext = box[:NONCE_BYTES], box[NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, ciphertext, _bound_to(brand_id, app_id)).decode()


def _bound_to(brand_id: UUID, app_id: str) -> bytes:
    return brand_id.bytes + app_id.encode()
