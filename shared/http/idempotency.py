"""A POST sent twice is done once (draft-ietf-httpapi-idempotency-key-header-07).

The answer is kept in the transaction that did the work, per caller, route and key. The same key with the same
body gets the same answer; with another body 422; while the first still runs 409; without a key 400.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from shared.auth.caller import Caller
from shared.db.database import Tx
from shared.errors import Refusal
from shared.words import Words

_LONGEST_KEY = 200

_LOCK = "select pg_try_advisory_xact_lock(hashtextextended($1, 0))"
_READ = "select fingerprint, status, content_type, body from answer where caller = $1 and route = $2 and key = $3"
_KEEP = """
insert into answer (caller, route, key, fingerprint, status, content_type, body) values ($1, $2, $3, $4, $5, $6, $7)
"""


class KeyMissing(Refusal):
    """A POST without a natural key came without an `Idempotency-Key`."""

    code = "idempotency.missing"
    status = 400
    words = Words(
        "请在 Idempotency-Key 请求头中提供唯一编号（不超过 200 个字符），以便安全重试。",
        "Send a unique Idempotency-Key header (at most 200 characters), so that a retry is safe.",
    )


class KeyReused(Refusal):
    """The key was used for something else."""

    code = "idempotency.reused"
    status = 422
    words = Words(
        "该 Idempotency-Key 已用于其他内容，请换一个。",
        "This Idempotency-Key was used for something else: take a new one.",
    )


class StillRunning(Refusal):
    """The first request with this key has not ended."""

    code = "idempotency.running"
    status = 409
    words = Words("相同请求仍在处理中，请稍后重试。", "The same request is still running: try again shortly.")


class Repeat:
    """One request's key, as the edge handles it around the route."""

    def __init__(self, caller: Caller | None, route: str, key: str, body: bytes, path: str) -> None:
        self._names = (f"{caller.kind}:{caller.id}" if caller else "everyone", route, key)
        self._fingerprint = hashlib.sha256(path.encode() + b"\n" + body).digest()

    async def earlier(self, tx: Tx) -> Response | None:
        """The answer given before, if the work is done; raises where it can't be given."""
        if not await tx.value(_LOCK, "\x1f".join(self._names)):
            raise StillRunning
        kept = await tx.first(_READ, *self._names)
        if kept is None:
            return None
        if kept["fingerprint"] != self._fingerprint:
            raise KeyReused
        return Response(kept["body"], kept["status"], {"Idempotent-Replayed": "true"}, kept["content_type"])

    async def keep(self, tx: Tx, answer: Response) -> None:
        """Keep the answer with the work."""
        content_type = answer.headers.get("content-type", "application/json")
        await tx.execute(_KEEP, *self._names, self._fingerprint, answer.status_code, content_type, bytes(answer.body))


async def repeat_of(request: Request, caller: Caller | None, route: str) -> Repeat:
    """The request's key; raises `KeyMissing`."""
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if not 0 < len(key) <= _LONGEST_KEY:
        raise KeyMissing
    return Repeat(caller, route, key, await request.body(), str(request.url.path))
