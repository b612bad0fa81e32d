"""The crypto of WeCom's callbacks: who serves them opens, the emulator seals.

Signature: SHA-1 over the sorted token, timestamp, nonce and ciphertext. Encryption: AES-256-CBC with
PKCS#7 to 32 bytes over 16 random bytes, the length, the message and the id of whom it is for. The padding is looked
at only after the signature was found right, so that it tells a stranger nothing.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from shared.wecom.changes import Change, parse
from shared.wecom.xml import MOST_BYTES, BadXml, one, read, write

LONGEST_ON_THE_WAY = timedelta(minutes=5)
BLOCK_BYTES = 32
RANDOM_BYTES = 16
KEY_LETTERS = 43

_LENGTH = struct.Struct(">I")


class Wrong(StrEnum):
    """Why a callback is refused."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    SIGNATURE = "signature"
    STALE = "stale"
    RECEIVER = "receiver"


class BadCallback(Exception):
    """A callback that is not WeCom's, not new, or not ours. It may come from anyone: answer it with nothing."""

    def __init__(self, reason: Wrong) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Callback:
    """A change that WeCom told. `digest` is the same each time it is told again, and of no other."""

    change: Change
    digest: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A callback ready to be posted."""

    query: Mapping[str, str]
    body: bytes


class Callbacks:
    """The callbacks of one corp's app: its token, its EncodingAESKey, and the CorpID (or SuiteID) they are for.

    `at` is the machine's time, not a replay's: it is compared with when WeCom sent, not with what happened when.
    """

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        if len(encoding_aes_key) != KEY_LETTERS:
            raise ValueError(f"an EncodingAESKey has {KEY_LETTERS} letters")
        self._token = token
        # WeCom draws all 43 letters, and the last holds two bits that no key has: they are dropped, not checked.
        self._key = base64.b64decode(encoding_aes_key + "=")
        self._receive_id = receive_id.encode()

    def verify_url(self, query: Mapping[str, str], at: datetime) -> bytes:
        """The decrypted echo that proves to WeCom that the address is ours, to be answered as it is."""
        ciphertext = query.get("echostr", "")
        self._check(query, ciphertext, at)
        return self._decrypt(ciphertext)

    def open(self, query: Mapping[str, str], body: bytes, at: datetime) -> Callback:
        """Check, decrypt and read a posted callback; raises `BadCallback`."""
        if len(body) > MOST_BYTES:
            raise BadCallback(Wrong.TOO_LARGE)
        try:
            ciphertext = one(read(body), "Encrypt") or ""
        except BadXml as error:
            raise BadCallback(Wrong.UNREADABLE) from error
        self._check(query, ciphertext, at)
        document = self._decrypt(ciphertext)
        try:
            return Callback(parse(document), hashlib.sha256(document).digest())
        except BadXml as error:
            raise BadCallback(Wrong.UNREADABLE) from error

    def seal(self, document: bytes, at: datetime) -> Sealed:
        """What WeCom would post to tell of a change."""
        ciphertext = self._encrypt(document)
        body = write({"ToUserName": self._receive_id.decode(), "AgentID": "", "Encrypt": ciphertext})
        return Sealed(self._signed(ciphertext, at), body)

    def seal_echo(self, echo: bytes, at: datetime) -> Mapping[str, str]:
        """The query with which WeCom would ask whether the address is ours."""
        ciphertext = self._encrypt(echo)
        return {**self._signed(ciphertext, at), "echostr": ciphertext}

    def _signed(self, ciphertext: str, at: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(at.timestamp())), str(int.from_bytes(os.urandom(4), "big"))
        return {
            "msg_signature": self._signature(timestamp, nonce, ciphertext),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def _check(self, query: Mapping[str, str], ciphertext: str, at: datetime) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        expected = self._signature(timestamp, nonce, ciphertext)
        if not hmac.compare_digest(expected.encode(), query.get("msg_signature", "").encode()):
            raise BadCallback(Wrong.SIGNATURE)
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 10):
            raise BadCallback(Wrong.UNREADABLE)
        if abs(at.timestamp() - int(timestamp)) > LONGEST_ON_THE_WAY.total_seconds():
            raise BadCallback(Wrong.STALE)

    def _signature(self, timestamp: str, nonce: str, ciphertext: str) -> str:
        parts = sorted([self._token, timestamp, nonce, ciphertext])
        return hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324 - WeCom's protocol prescribes it

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES(self._key), CBC(self._key[:16]))

    def _encrypt(self, message: bytes) -> str:
        plain = os.urandom(RANDOM_BYTES) + _LENGTH.pack(len(message)) + message + self._receive_id
        padding = BLOCK_BYTES - len(plain) % BLOCK_BYTES
        encryptor = self._cipher().encryptor()
        ciphertext = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(ciphertext).decode()

    def _decrypt(self, ciphertext: str) -> bytes:
        try:
            decryptor = self._cipher().decryptor()
            padded = decryptor.update(base64.b64decode(ciphertext, validate=True)) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:  # not base64, or no whole blocks
            raise BadCallback(Wrong.UNREADABLE) from error
        plain = _unpadded(padded)
        begin = RANDOM_BYTES + _LENGTH.size
        if len(plain) < begin:
            raise BadCallback(Wrong.UNREADABLE)
        (length,) = _LENGTH.unpack_from(plain, RANDOM_BYTES)
        end = begin + length
        if end > len(plain):
            raise BadCallback(Wrong.UNREADABLE)
        if not hmac.compare_digest(plain[end:], self._receive_id):
            raise BadCallback(Wrong.RECEIVER)
        return plain[begin:end]


def _unpadded(padded: bytes) -> bytes:
    padding = padded[-1] if padded else 0
    if not 1 <= padding <= BLOCK_BYTES or padded[-padding:] != bytes([padding]) * padding:
        raise BadCallback(Wrong.UNREADABLE)
    return padded[:-padding]
