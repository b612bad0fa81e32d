"""Budgets: a function fits one screen, a file a sitting, a call a glance.

How we count: a function runs from `def` to its last line, its docstring is free. Keyword-only parameters are
free (they name the fields of a value where it is made), `self` and `cls` too, and so are the parameters of
routes in `api.py`, which FastAPI fills. Nesting counts the blocks around a statement within its function; an
`elif` and the cases of one `match` stand beside each other; a nested function starts anew.
"""

import ast
from collections.abc import Iterable, Iterator

from tests.house.source import FUNCTIONS, Finding, Function, Source

FUNCTION_LINES = 50
FILE_LINES = 400
PARAMETERS = 6
NESTING = 3

BLOCKS = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match
)  # fmt: skip


def check_function_length(source: Source) -> list[Finding]:
    """A function has at most 50 lines."""
    return [
        source.finding(
            function,
            f"`{function.name}` has {length} lines, {FUNCTION_LINES} are allowed",
            "give a step of it a name and make that a function",
        )
        for function in source.functions
        if (length := _length(function)) > FUNCTION_LINES
    ]


def check_file_length(source: Source) -> list[Finding]:
    """A file has at most 400 lines."""
    if len(source.lines) <= FILE_LINES:
        return []
    rule = f"the file has {len(source.lines)} lines, {FILE_LINES} are allowed"
    return [source.finding(FILE_LINES + 1, rule, "split it where two subjects meet (a noun, a folder)")]


def check_parameters(source: Source) -> list[Finding]:
    """A function takes at most 6 parameters by position."""
    return [
        source.finding(
            function,
            f"`{function.name}` takes {count} parameters by position, {PARAMETERS} are allowed",
            "pass one value type that holds those that belong together",
        )
        for function in source.functions
        if (count := _parameters(function)) > PARAMETERS and not _is_route(source, function)
    ]


def check_nesting(source: Source) -> list[Finding]:
    """Blocks nest at most 3 deep."""
    return [
        source.finding(
            block,
            f"block {depth} deep, {NESTING} are allowed",
            "return early, or make the inner loop a function (ifs up, loops down)",
        )
        for block, depth in _blocks(source.tree.body, 0)
        if depth == NESTING + 1
    ]


def _length(function: Function) -> int:
    first = function.body[0]
    is_documented = ast.get_docstring(function, clean=False) is not None
    return _lines(function) - (_lines(first) if is_documented else 0)


def _lines(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def _parameters(function: Function) -> int:
    named = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
    return len(named) - (named[:1] in (["self"], ["cls"]))


def _is_route(source: Source, function: Function) -> bool:
    return source.path.name == "api.py" and bool(function.decorator_list)


def _blocks(body: Iterable[ast.AST], depth: int) -> Iterator[tuple[ast.stmt, int]]:
    for statement in body:
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            yield from _blocks(statement.body, 0)
        elif isinstance(statement, BLOCKS):
            yield statement, depth + 1
            for inner, is_beside in _bodies(statement):
                yield from _blocks(inner, depth if is_beside else depth + 1)


def _bodies(block: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The bodies of a block, and whether each stands beside it, in its own column: an `elif`."""
    holders = (*getattr(block, "handlers", ()), *getattr(block, "cases", ()))
    bodies = (getattr(block, name, []) for name in ("body", "orelse", "finalbody"))
    for body in (*bodies, *(holder.body for holder in holders)):
        yield body, bool(body) and body[0].col_offset == block.col_offset
