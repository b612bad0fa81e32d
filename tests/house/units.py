"""Money is whole fen and says so: no float comes near it, and a number's name ends with its unit."""

import ast
from collections.abc import Iterator

from tests.house.source import Finding, Source

MONEY_PLACES = ("shared/money", "services/settlement", "services/member/points", "services/member/wallet")
UNIT_FILES = frozenset({"rules.py", "tables.py", "schemas.py"})

AMOUNT_WORDS = frozenset({"amount", "amounts", "price", "prices", "total", "totals"})
COUNTED = frozenset({"fen", "milli", "bp", "points", "coins", "growth", "count", "bytes", "metres"})
UNITS = COUNTED | {"ms", "s", "days", "id", "ids", "version", "number"}
WHOLE_NUMBERS = frozenset({"int", "Fen", "Milli", "Integer", "BigInteger", "SmallInteger"})
TIMES = frozenset({"datetime", "AwareDatetime", "DateTime", "TIMESTAMP"})
DAYS = frozenset({"date", "Date"})


def check_no_float_near_money(source: Source) -> list[Finding]:
    """No float literal, `float` or true division where money is decided."""
    if not (source.within(*MONEY_PLACES) or _is_service_file(source, frozenset({"rules.py"}))):
        return []
    literals = (node for node in source.every(ast.Constant) if isinstance(node.value, float))
    names = (node for node in source.every(ast.Name) if node.id == "float")
    binary = (node for node in source.every(ast.BinOp) if isinstance(node.op, ast.Div))
    in_place = (node for node in source.every(ast.AugAssign) if isinstance(node.op, ast.Div))
    mend = "count in fen, thousandths or basis points; divide with `//` and hand the rest out with `allot`"
    return [source.finding(node, "float near money", mend) for node in (*literals, *names, *binary, *in_place)]


def check_amounts_end_with_their_unit(source: Source) -> list[Finding]:
    """A whole number called amount, price or total ends with its unit; what is typed `Fen` ends `_fen`."""
    if not _is_service_file(source, UNIT_FILES):
        return []
    findings = []
    for name, kinds, node in _declared(source):
        words = name.lower().split("_")
        if "Fen" in kinds and words[-1] != "fen":
            findings.append(source.finding(node, f"`{name}` is fen and does not say so", f"call it `{name}_fen`"))
        elif kinds & WHOLE_NUMBERS and AMOUNT_WORDS & set(words) and words[-1] not in UNITS:
            mend = f"put the unit last, as in `{name}_fen` or `{name}_milli`"
            findings.append(source.finding(node, f"`{name}` does not say its unit", mend))
    return findings


def check_times_end_at_and_days_on(source: Source) -> list[Finding]:
    """A field that is a time ends `_at`, one that is a day ends `_on`."""
    if not _is_service_file(source, UNIT_FILES):
        return []
    findings = []
    for name, kinds, node in (*_fields(source), *_columns(source)):
        for family, ending in ((TIMES, "at"), (DAYS, "on")):
            if kinds & family and name.split("_")[-1] != ending:
                rule = f"`{name}` does not end `_{ending}`"
                findings.append(source.finding(node, rule, "times end `_at`, days end `_on`"))
    return findings


def _is_service_file(source: Source, names: frozenset[str]) -> bool:
    return source.path.name in names and source.path.parts[0] == "services"


Declared = tuple[str, set[str], ast.AST]


def _declared(source: Source) -> Iterator[Declared]:
    aliases = _aliases(source)
    for name, kinds, node in (*_fields(source), *_columns(source), *_parameters(source)):
        yield name, kinds.union(*(aliases.get(kind, ()) for kind in kinds)), node


def _aliases(source: Source) -> dict[str, set[str]]:
    """What a name made at the top stands for: of `Amount = Annotated[int, …]` int."""
    return {
        target.id: _plain_names(statement.value)
        for statement in source.tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _fields(source: Source) -> Iterator[Declared]:
    """Annotated names: fields of classes, and variables."""
    for node in source.every(ast.AnnAssign):
        if isinstance(node.target, ast.Name):
            yield node.target.id, _plain_names(node.annotation), node


def _columns(source: Source) -> Iterator[Declared]:
    for call in source.every(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="Column") | ast.Attribute(attr="Column"), args=[ast.Constant(), *_]):
                (first, *rest) = call.args
                assert isinstance(first, ast.Constant)
                yield str(first.value), {name for part in rest[:1] for name in _type_names(part)}, call
            case _:
                pass


def _parameters(source: Source) -> Iterator[Declared]:
    for function in source.functions:
        arguments = function.args
        for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if parameter.annotation is not None:
                yield parameter.arg, _plain_names(parameter.annotation), parameter


def _plain_names(annotation: ast.expr) -> set[str]:
    """The types a value itself may have: int of `int | None` and `Annotated[int, …]`, none of `list[int]`."""
    match annotation:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
        case ast.BinOp(left=left, right=right):
            return _plain_names(left) | _plain_names(right)
        case ast.Subscript(value=ast.Name(id="Annotated" | "Final"), slice=inner):
            first = inner.elts[0] if isinstance(inner, ast.Tuple) else inner
            return _plain_names(first)
        case _:
            return set()


def _type_names(column_type: ast.expr) -> set[str]:
    called = column_type.func if isinstance(column_type, ast.Call) else column_type
    return _plain_names(called)
