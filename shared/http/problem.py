"""A refusal on the wire: `application/problem+json` (RFC 9457), in the caller's language.

`code` is what a program switches on, `detail` what a person reads, `errors` names the places in the body.
"""

from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.errors import Away, NotFound, Overloaded, Refusal
from shared.words import Language, Words, preferred

_UNREADABLE = Words(
    "请求内容不符合要求，请按 errors 修正。", "The request is not as it must be: mend what errors names."
)
_BUG = Words(
    "系统内部错误，请凭请求编号 {request_id} 联系支持；未确认的操作可安全重试。",
    "An internal error: quote request {request_id}. What was not confirmed may safely be sent again.",
)
_HTTP = {
    404: Words("没有这个地址，请核对路径。", "No such address: check the path."),
    405: Words("此地址不支持该方法。", "This address does not take that method."),
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:siyu:problem:trade.ticket_differs"]},
        "status": {"type": "integer", "examples": [409]},
        "code": {"type": "string", "examples": ["trade.ticket_differs"]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "why": {"type": "string"}},
            },
        },
    },
}


def problem(status: int, code: str, detail: str, **facts: object) -> Response:
    """A problem document."""
    body = {"type": f"urn:siyu:problem:{code}", "status": status, "code": code, "detail": detail, **facts}
    headers = {"Retry-After": str(facts["retry_after_s"])} if "retry_after_s" in facts else None
    return Response(msgspec.json.encode(body), status, headers, "application/problem+json")


def refused(refusal: Refusal, language: Language) -> Response:
    """A refusal as a problem document."""
    facts = {name: _plain(fact) for name, fact in refusal.facts.items()}
    return problem(refusal.status, refusal.code, refusal.say(language), **facts)


def install(app: FastAPI) -> None:
    """Turn whatever a route raises into a problem document."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_unreadable)
    app.add_exception_handler(HTTPException, _on_http)


def bug(request_id: str, language: Language) -> Response:
    """What a caller sees of a bug: nothing of its inside."""
    return problem(500, "internal", _BUG.say(language, request_id=request_id), request_id=request_id)


def busy(language: Language) -> Response:
    """There are too many requests already: this one was not begun."""
    return refused(Overloaded(retry_after_s=1), language)


def away(language: Language) -> Response:
    """The database went away, or this process ends before it has answered: a commit may have been made, or not."""
    return refused(Away(retry_after_s=1), language)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refused(error, preferred(request.headers.get("accept-language")))


async def _on_unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    language = preferred(request.headers.get("accept-language"))
    errors = [
        {"where": ".".join(str(step) for step in item["loc"])[:200], "why": str(item["msg"])[:300]}
        for item in error.errors()[:50]
    ]
    return problem(422, "unreadable", _UNREADABLE.say(language), errors=errors)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    language = preferred(request.headers.get("accept-language"))
    words = _HTTP.get(error.status_code)
    code = NotFound.code if error.status_code == 404 else f"http_{error.status_code}"
    answer = problem(error.status_code, code, words.say(language) if words else str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _plain(fact: object) -> object:
    return fact if isinstance(fact, int | str | bool | list | dict | None) else str(fact)
