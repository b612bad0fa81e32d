"""What a corp's keys look like at rest, and what is refused about them."""

from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Refusal
from shared.words import Words

PURPOSE = "wecom keys"
NONCE_BYTES = 12

MOST_MEMBERS = 500
SWEEP_S = 600


class CorpTaken(Refusal):
    """The corp is another brand's."""

    code = "community.corp_taken"
    words = Words(
        "企业 {corp_id} 已属于其他品牌，请核对企业ID。", "Corp {corp_id} is another brand's: check the corp id."
    )


class NoCorp(Refusal):
    """Nothing can be asked of WeCom before it is known as whom."""

    code = "community.no_corp"
    words = Words("请先保存企业微信设置，再试一次。", "Save the WeCom settings first, then try again.")


class CallbackRefused(Refusal):
    """A callback that is not WeCom's, not new or not for this brand; why is nobody's business."""

    code = "community.callback_refused"
    status = 403
    words = Words("回调无法验证，已拒绝。请核对回调配置。", "The callback could not be verified: check its settings.")


class Corp(NamedTuple):
    """A corp as it is used: never logged, never said."""

    corp_id: str
    secret: str
    token: str
    encoding_aes_key: str


def sealed(key: bytes, nonce: bytes, plain: bytes, brand_id: UUID) -> bytes:
    """Bytes under AES-256-GCM, bound to their brand: moved to another row they open no more."""
    return nonce + AESGCM(key).encrypt(nonce, plain, brand_id.bytes)


def opened(key: bytes, box: bytes, brand_id: UUID) -> bytes:
    """The bytes as they were."""
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], brand_id.bytes)
