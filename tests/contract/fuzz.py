"""Requests drawn from a service's OpenAPI document: what it allows, what it forbids, and what nobody sane sends."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any, NamedTuple

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as drawn
from schemathesis import Case, GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok

from shared.http.pages import FIRST_ID, cursor_of
from shared.ids import new_id

ANSWER_LIMIT_S = 10.0
MOST_KNOWN_IDS = 200

Ask = Callable[[httpx.Request], httpx.Response]

HOSTILE_TEXTS = (
    "",
    "\x00",
    "a\x00b",
    "\u202eabc",
    "\U0001f4a3" * 50,
    "é" * 5000,
    "'; drop table x; --",
    "%s%n{0}",
    "\uffff",
)
HOSTILE_NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, True)
HOSTILE_VALUES: tuple[Any, ...] = (
    *HOSTILE_TEXTS,
    *HOSTILE_NUMBERS,
    None,
    [],
    {},
    [[]],
    "2026-02-30",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-08:00",  # UTC has no such date, nor the next
    "0001-01-01T00:00:00+08:00",
    "0001-01-01",
)
HOSTILE_BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe\x00",
    b'{"a": "\\ud800"}',
    b'{"\\u0000": 1}',
    b'{"a": 1e999}',
    b'{"a": NaN}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"a": 1, "a": 2}',
)
HOSTILE_HEADERS = (
    {"content-type": "text/plain"},
    {"content-type": "application/xml"},
    {"content-type": "multipart/form-data"},
    {"content-type": "application/json; charset=utf-16"},
    {"content-encoding": "gzip"},
    {"idempotency-key": "k" * 100_000},
    {"idempotency-key": ""},
    {"idempotency-key": "\x7f\xff"},
    {"accept-language": "zh-" * 5000},
    {"x-request-id": "\xff" * 500},
    {"traceparent": "00-" + "z" * 5000},
    {"authorization": "Bearer " + "a" * 100_000},
    {"authorization": "Bearer \xff.\xff.\xff"},
    {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
)
TELLING_VALUES = (
    "a\x00b",
    2**63,
    ["a\x00b"],
)  # what PostgreSQL cannot hold: tried in each place of a body, drawn or not
TELLING_PARAMETERS = (-1, 2**63, "a\x00b")  # likewise, in each parameter behind the question mark
HOSTILE_CURSORS = (
    "x",
    "%",
    "é",
    "A" * 400,
    cursor_of(),
    *(cursor_of(*[text] * length) for text in ("x", "\x00") for length in (1, 2)),
    cursor_of(FIRST_ID, "\x00"),
    cursor_of("\x00", date.min, FIRST_ID),
    cursor_of("", 2**63, 0),
    cursor_of("", 0, 10**30),
)
_LEAKS = re.compile(
    r"Traceback|File \"|site-packages|asyncpg|sqlalchemy|pydantic_core|msgspec\.|\bpg_|SQLSTATE|"
    r"(?i:\binsert into\b|\bselect .{1,80} from\b|\bviolates\b|\brelation \")"
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMED_ID = re.compile(rf'"(\w+)": ?"({_ID.pattern})"')
_LEFT_OUT = object()
_CALM = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Finding(NamedTuple):
    """Something wrong with an answer, and the request that led to it."""

    operation: str
    what: str
    request: str


class Twist(NamedTuple):
    """What is put in place of a request's body, and of some headers."""

    body: bytes | None = None
    headers: Mapping[str, str] = {}


class Fuzzer:
    """Draws requests for one service and judges the answers."""

    def __init__(self, document: Mapping[str, Any], ask: Ask, callers: Mapping[str, str]) -> None:
        self.findings: dict[tuple[str, str], Finding] = {}
        self.answers: Counter[int] = Counter()
        self._ask = ask
        self._callers = callers
        self._known_ids: dict[str, None] = {}
        self._known_by_name: dict[str, str] = {}
        self._headers_tried: set[str] = set()
        self._document = document
        self._schema = schemathesis.openapi.from_dict(dict(document))

    def run(self, examples: int) -> None:
        """Try every operation so often."""
        asked = []
        for found in self._schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            allowed = [name for name in operation.definition.raw["x-allowed"] if name in self._callers]
            draw_case = drawn.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
            draw_caller = drawn.sampled_from([*allowed * 8, *self._callers, ""])

            @settings(_CALM, max_examples=examples)
            @given(draw_case, draw_caller, drawn.data())
            def try_once(case: "Case[Any]", caller: str, data: drawn.DataObject) -> None:
                self._put_known_ids(case, data)
                self._twist_value(case, data)
                self._judge(case, self._request(case, caller, Twist()), caller)

            try_once()
            caller = allowed[0] if allowed else ""
            self._try_each_place(operation.as_strategy(), caller, self._shape_of_body(operation.definition.raw))
            self._try_everything_hostile(operation.as_strategy(), caller)
            if operation.query:
                asked.append((operation.as_strategy(), allowed or [caller]))
        for draw_case, allowed in asked:  # last: by now there is something to ask for
            self._try_each_parameter(draw_case, allowed)

    def _shape_of_body(self, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema of an operation's body, as far as it names what the body may hold."""
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        shape: Mapping[str, Any] = content.get("schema", {})
        if "$ref" in shape:
            shape = self._document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        return {"example": content.get("example")} | dict(shape)

    def _try_each_place(
        self, draw_case: "drawn.SearchStrategy[Case[Any]]", caller: str, shape: Mapping[str, Any]
    ) -> None:
        """A valid request, and one place of its body after the other spoilt: a missing limit shows for certain."""

        @settings(_CALM, max_examples=1)
        @given(draw_case)
        def try_each(case: "Case[Any]") -> None:
            whole = deepcopy(shape["example"] or case.body)
            if not isinstance(whole, dict):
                return
            for name, what in shape.get("properties", {}).items():
                whole[name] = (what.get("examples") or [whole.get(name, _LEFT_OUT)])[0]
            self._judge_body(case, whole, caller)
            for box, key in _kinds_of_places(whole):
                kept = box[key]
                for value in TELLING_VALUES:
                    box[key] = value
                    self._judge_body(case, whole, caller)
                box[key] = kept

        try_each()

    def _judge_body(self, case: "Case[Any]", whole: Mapping[str, Any], caller: str) -> None:
        case.body = {name: value for name, value in whole.items() if value is not _LEFT_OUT}
        self._judge(case, self._request(case, caller, Twist()), caller)

    def _try_everything_hostile(self, draw_case: "drawn.SearchStrategy[Case[Any]]", caller: str) -> None:
        """One valid request, and all that can be done to it that has nothing to do with its schema."""

        @settings(_CALM, max_examples=1)
        @given(draw_case)
        def try_all(case: "Case[Any]") -> None:
            bodies = HOSTILE_BODIES if case.method != "GET" else ()
            headers = (
                () if case.method in self._headers_tried else HOSTILE_HEADERS
            )  # the edge reads them, for all doors
            self._headers_tried.add(case.method)
            twists = [Twist(body=body) for body in bodies] + [Twist(headers=some) for some in headers]
            for twist in twists:
                self._judge(case, self._request(case, caller, twist), caller)

        try_all()

    def _try_each_parameter(self, draw_case: "drawn.SearchStrategy[Case[Any]]", callers: Sequence[str]) -> None:
        """A request for something that is there, with one parameter after the other spoilt."""

        @settings(_CALM, max_examples=1)
        @given(draw_case)
        def try_each(case: "Case[Any]") -> None:
            case.path_parameters = {
                name: self._known_by_name.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
            tried = ((caller, self._judge(case, self._request(case, caller, Twist()), caller)) for caller in callers)
            caller = next((caller for caller, is_welcome in tried if is_welcome), callers[0])
            whole = dict(case.query or {})
            for name in [item.name for item in case.operation.query]:
                for value in HOSTILE_CURSORS if name == "after" else TELLING_PARAMETERS:
                    case.query = {**whole, name: value}
                    self._judge(case, self._request(case, caller, Twist()), caller)

        try_each()

    def _request(self, case: "Case[Any]", caller: str, twist: "Twist") -> httpx.Request:
        described = case.as_transport_kwargs(base_url="http://siyu")
        headers = {str(name).lower(): value for name, value in (described.get("headers") or {}).items()}
        headers |= {"idempotency-key": str(new_id())}
        if caller:
            headers["authorization"] = self._callers[caller]
        body = {name: described[name] for name in ("json", "data", "files") if described.get(name) is not None}
        if twist.body is not None:
            body = {"content": twist.body}
        elif isinstance(body.get("data"), bytes | str):
            body = {"content": body["data"]}
        encoded = [
            (name.encode("latin-1", "replace"), _latin(value))
            for name, value in (headers | dict(twist.headers)).items()
        ]
        return httpx.Request(case.method, described["url"], params=described.get("params"), headers=encoded, **body)

    def _twist_value(self, case: "Case[Any]", data: drawn.DataObject) -> None:
        """Put something odd in some place of the body."""
        places = list(_places(case.body)) if case.body is not NOT_SET else []
        is_twisted: bool = data.draw(drawn.booleans())
        if places and is_twisted:
            box, key = places[data.draw(drawn.integers(0, len(places) - 1))]
            box[key] = data.draw(drawn.sampled_from(HOSTILE_VALUES))

    def _put_known_ids(self, case: "Case[Any]", data: drawn.DataObject) -> None:
        """Half of the ids in paths are of things that are really there."""
        for name, value in (case.path_parameters or {}).items():
            if self._known_ids and _ID.fullmatch(str(value)) and data.draw(drawn.booleans()):
                case.path_parameters[name] = data.draw(drawn.sampled_from(list(self._known_ids)))

    def _judge(self, case: "Case[Any]", request: httpx.Request, caller: str) -> bool:
        """Answers whether the request was welcome."""
        try:
            answer = self._ask(request)
        except TimeoutError:
            self._note(case, f"no answer within {ANSWER_LIMIT_S:.0f} s", request, caller)
            return False
        self.answers[answer.status_code] += 1
        if answer.status_code == 500 or (answer.status_code > 500 and "retry-after" not in answer.headers):
            self._note(case, f"{answer.status_code}", request, caller)
            return False
        if leak := _LEAKS.search(answer.text):
            self._note(case, f"{answer.status_code} tells of its inside: {leak[0]!r}", request, caller)
        if answer.status_code >= 400 and answer.headers["content-type"] != "application/problem+json":
            self._note(case, f"{answer.status_code} is no problem document", request, caller)
        if answer.is_success:
            self._remember(answer)
        try:
            case.operation.validate_response(answer, case=case)
        except (Failure, FailureGroup) as error:
            self._note(case, f"{answer.status_code} does not fit the document: {str(error)[:300]}", request, caller)
        return bool(answer.is_success)

    def _remember(self, answer: httpx.Response) -> None:
        for found in _ID.findall(answer.text):
            if len(self._known_ids) < MOST_KNOWN_IDS:
                self._known_ids[found] = None
        self._known_by_name |= dict(_NAMED_ID.findall(answer.text))

    def _note(self, case: "Case[Any]", what: str, request: httpx.Request, caller: str) -> None:
        """Keep the shortest request for each thing that is wrong."""
        headers = {name: value[:60] for name, value in request.headers.items() if name not in {"authorization", "host"}}
        told = f"{request.method} {request.url} as {caller or 'nobody'} {headers} {request.content[:600]!r}"
        key = (case.operation.label, what[:80])
        if key not in self.findings or len(told) < len(self.findings[key].request):
            self.findings[key] = Finding(case.operation.label, what, told)


def asking(client: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> Ask:
    """Ask from another thread than the loop's."""

    async def ask(request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await client.send(request)

    return lambda request: asyncio.run_coroutine_threadsafe(ask(request), loop).result(ANSWER_LIMIT_S * 2)


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a body where a value can be put."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in list(items):
        yield body, key
        yield from _places(value)


def _kinds_of_places(body: Any) -> list[tuple[Any, Any]]:
    """Of places of one name, one: a list's lines are alike."""
    places = {key if isinstance(key, str) else "": (box, key) for box, key in _places(body)}
    return list(places.values())


def _latin(value: object) -> bytes:
    return str(value).encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
