"""What is banned outright, each with the one place where it is allowed."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.house.source import FUNCTIONS, Finding, Function, Source

# After a server was killed a driver raises anything: only these may catch it all. The edge is where a service is
# put together and run; the batcher is part of it: it hands what one flush raised to each caller that waits.
EDGE = ("shared/app", "shared/batcher", "shared/http", "shared/runtime")
MAY_CATCH_ALL = (*EDGE, "shared/bus", "shared/db", "deploy/suite")
THE_CLOCK = "shared/clock"

CATCH_ALLS = frozenset({"Exception", "BaseException"})
SUPPRESSION = re.compile(r"#\s*(?P<kind>noqa|type:\s*ignore)(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w\-, ]+\])?")
WHOLE_FILE = re.compile(r"#\s*(?:ruff|flake8):\s*noqa|#\s*mypy:|#\s*fmt:\s*off")
REASON_LETTERS = 8

WALL_CLOCKS = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
)
MUTABLE_MAKERS = frozenset({"list", "dict", "set", "defaultdict", "deque", "Counter", "OrderedDict", "bytearray"})
ADDERS = frozenset({"append", "appendleft", "add", "extend", "insert", "setdefault", "update"})
TAKERS = frozenset({"clear", "discard", "pop", "popitem", "popleft", "remove"})
MUTATORS = ADDERS | TAKERS | {"sort", "reverse"}
MUTABLE_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def check_imports_on_top(source: Source) -> list[Finding]:
    """No import inside a function."""
    return [
        source.finding(
            node,
            f"import inside `{function.name}`",
            "import at the top; if that makes a cycle, a name lives in the wrong file",
        )
        for function in source.functions
        for node in _own_nodes(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def check_suppressions(source: Source) -> list[Finding]:
    """A suppression names its code and says why."""
    findings = []
    for line, comment in _comments(source):
        if WHOLE_FILE.search(comment):
            findings.append(source.finding(line, "a whole file is excused", "excuse the line, with its reason"))
        excuse = SUPPRESSION.search(comment)
        if excuse and not _has_reason(excuse, comment):
            mend = "name the code and say why, as in `# noqa: S608 - the name is ours`"
            findings.append(source.finding(line, "a suppression without code or reason", mend))
    return findings


def check_no_catch_all(source: Source) -> list[Finding]:
    """`except Exception` only where a driver may raise anything."""
    if source.within(*MAY_CATCH_ALL):
        return []
    suppressed = (call for call in source.every(ast.Call) if _last_name(call.func) == "suppress")
    caught = [
        *((handler, handler.type) for handler in source.every(ast.ExceptHandler)),
        *((call, argument) for call in suppressed for argument in call.args),
    ]
    return [
        source.finding(where, "catches everything", "name what can happen here; a bug must be loud")
        for where, kind in caught
        if _catches_all(kind)
    ]


def check_no_wall_clock(source: Source) -> list[Finding]:
    """Nobody reads the time of day but `shared/clock.py`."""
    if source.within(THE_CLOCK):
        return []
    read = (node for node in source.every(ast.Attribute) if _tail(node) in WALL_CLOCKS)
    taken = (
        node
        for node in source.every(ast.ImportFrom)
        if node.module == "time" and any(f"time.{alias.name}" in WALL_CLOCKS for alias in node.names)
    )
    mend = "take `at` as an argument (a Clock at the edge); for durations use time.monotonic"
    return [source.finding(node, "reads the wall clock", mend) for node in (*read, *taken)]


def check_no_print(source: Source) -> list[Finding]:
    """No `print`."""
    return [
        source.finding(call, "`print`", "use typer.echo or a rich console at the edge, structlog below it")
        for call in source.every(ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]


def check_no_mutable_globals(source: Source) -> list[Finding]:
    """A module holds no state: what it names at its top never changes.

    An UPPER_CASE list, dict or set that nobody changes is the constant it looks like; every other mutable
    name at the top is a finding, and so is `global`.
    """
    changed = set(_mutated_names(source))
    mend = "make it a tuple, frozenset or MappingProxyType, or pass the state in an object made at the edge"
    findings = [source.finding(node, "`global`", mend) for node in source.every(ast.Global)]
    for name, node in _module_mutables(source):
        if name in changed or not name.lstrip("_").isupper():
            findings.append(source.finding(node, f"`{name}` is a mutable module global", mend))
    return findings


def check_no_flags(source: Source) -> list[Finding]:
    """An action takes no flag: two verbs are two functions."""
    if source.path.name != "actions.py":
        return []
    return [
        source.finding(
            parameter,
            f"`{function.name}` takes the flag `{parameter.arg}`",
            "make two verbs of it, or a StrEnum if it is a state",
        )
        for function in source.functions
        for parameter in (*function.args.posonlyargs, *function.args.args)
        if parameter.annotation is not None and "bool" in _names(parameter.annotation)
    ]


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions nested in it, so that each is found once."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(node))


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _has_reason(excuse: re.Match[str], comment: str) -> bool:
    reason = comment[excuse.end() :].strip(" -:#–—")
    # A Chinese sentence says as much in half the letters.
    weight = sum(1 if letter.isascii() else 2 for letter in reason)
    return excuse["codes"] is not None and weight >= REASON_LETTERS


def _catches_all(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or _last_name(one) in CATCH_ALLS for one in kinds)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""


def _tail(node: ast.Attribute) -> str:
    return f"{_last_name(node.value)}.{node.attr}"


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _module_mutables(source: Source) -> Iterator[tuple[str, ast.stmt]]:
    for statement in source.tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value) if _is_mutable(value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_mutable(value):
                names = [name]
            case _:
                names = []
        # Dunder names and pytest's own are read by others and must be lists.
        yield from ((name, statement) for name in names if not name.startswith(("__", "pytest")))


def _is_mutable(value: ast.expr) -> bool:
    makes = isinstance(value, ast.Call) and _last_name(value.func) in MUTABLE_MAKERS
    return makes or isinstance(value, MUTABLE_DISPLAYS)


def _mutated_names(source: Source) -> Iterator[str]:
    for call in source.every(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in MUTATORS:
            yield _last_name(call.func.value)
    for item in source.every(ast.Subscript):
        if isinstance(item.ctx, ast.Store | ast.Del):
            yield _last_name(item.value)
    for change in source.every(ast.AugAssign):
        yield _last_name(change.target)
