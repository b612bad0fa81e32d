"""Names: one word, one meaning. Words that mean nothing, or two things, are not used."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Finding, Source

EMPTY_WORDS = frozenset({"util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "misc"})
TAKEN_WORDS = frozenset({"store", "stores", "models", "service"})

# "order" is also a 订单: where orders live the word alone is theirs.
ORDERS_LIVE_IN = ("services/trade",)
NEVER_ALONE = {
    "event": "say the fact (`ticket_paid`) or, for a 活动, `campaign`",
    "store": "a 门店 is a `shop`; what keeps data is the table's name",
    "order": "say `sorted_…`, `rank` or `position`, or which order it is",
    "code": "say what it opens: `member_code`, `coupon_code`, `live_code`",
    "status": "say what is in which state: `coupon_state`, or make it a StrEnum `state`",
    "user": "say who: `member`, `staff`, `guide`, `caller`",
}
DECIDING_FILES = frozenset({"rules.py", "actions.py"})

SAYS = ("owns", "says", "hears")
SENTENCE_WORDS = 3


def check_module_names(source: Source) -> list[Finding]:
    """No file and no folder has a name that says nothing."""
    names = (*source.path.parts[1:-1], source.path.stem)
    return [
        source.finding(1, f"nothing is called `{name}`", "name it after what it holds (a noun of the domain)")
        for name in names
        if name in EMPTY_WORDS or name in TAKEN_WORDS
    ]


def check_words_never_alone(source: Source) -> list[Finding]:
    """In rules and actions a word with two meanings never stands alone."""
    if source.noun is None or source.path.name not in DECIDING_FILES:
        return []
    return [
        source.finding(node, f"`{name}` alone has two meanings", NEVER_ALONE[name])
        for name, node in _bound_names(source)
        if name in NEVER_ALONE and not (name == "order" and source.within(*ORDERS_LIVE_IN))
    ]


def check_module_docstring(source: Source) -> list[Finding]:
    """A module says what it is for; a package marker without code may stay silent."""
    if ast.get_docstring(source.tree) or (source.path.name == "__init__.py" and not source.tree.body):
        return []
    return [source.finding(1, "no module docstring", "say in one sentence what the file is for")]


def check_service_introduces_itself(source: Source) -> list[Finding]:
    """A service's `__init__` says what it owns, says and hears: what a newcomer reads first."""
    parts = source.path.parts
    if len(parts) != 3 or parts[0] != "services" or parts[2] != "__init__.py":
        return []
    docstring = ast.get_docstring(source.tree) or ""
    mend = "five lines of docstring: what it is for, then lines that begin with owns, says and hears"
    return [
        source.finding(1, f"the service does not say what it {word}", mend)
        for word in SAYS
        if not re.search(rf"^\W*{word}\b", docstring, re.IGNORECASE | re.MULTILINE)
    ]


def check_tests_are_sentences(source: Source) -> list[Finding]:
    """A test's name says what holds, in a sentence."""
    if not source.path.name.startswith("test_"):
        return []
    return [
        source.finding(function, f"`{function.name}` is no sentence", "say what holds: who does what, and then what")
        for function in source.functions
        if function.name.startswith("test_") and len(function.name.split("_")) <= SENTENCE_WORDS
    ]


def _bound_names(source: Source) -> Iterator[tuple[str, ast.AST]]:
    constants = _class_constants(source)
    for name in source.every(ast.Name):
        if isinstance(name.ctx, ast.Store) and name not in constants:
            yield name.id, name
    for parameter in source.every(ast.arg):
        yield parameter.arg, parameter
    for function in source.functions:
        yield function.name, function


def _class_constants(source: Source) -> frozenset[ast.AST]:
    """Class attributes that hold a constant: a refusal's `code` and `status`, as shared.errors names them."""
    return frozenset(
        target
        for owner in source.every(ast.ClassDef)
        if owner.bases
        for statement in owner.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
    )
