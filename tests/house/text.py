"""What stands in strings and in files of any language: SQL where it belongs, and nothing of one machine."""

import ast
import re

from tests.house.source import Finding, Source

SQL_FILES = frozenset({"queries.py", "tables.py"})
# The columns of an `unnest` are its own arguments, named in the same statement: that star is no guess.
SELECT_STAR = re.compile(
    r"\bselect\s+(?:distinct\s+)?(?:\w+\.)?\*(?!\s+from\s+(?:rows\s+from\s*\(\s*)?unnest\b)", re.IGNORECASE
)
# All lower or all upper: "Select a shop from the list" is a sentence for a cashier.
SQL = re.compile(
    r"^\s*(?:with\s+\w+\s+as\b|select\s.+\sfrom\s|insert\s+into\s|update\s+[\w.]+\s+set\s|delete\s+from\s"
    r"|WITH\s+\w+\s+AS\b|SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+[\w.]+\s+SET\s|DELETE\s+FROM\s)",
    re.DOTALL,
)

# Spelt in pieces so that this file may stand in the tree it reads.
MACHINE_PATH = re.compile(r"(?<![\w.\-/}])/(?:work|root|home|tmp)/")
REGISTRIES = re.compile(
    r"\b(?:pypi\.(?:org|io)|python" + r"hosted\.org|npm" + r"js\.(?:org|com)|yarn" + r"pkg\.com"
    r"|repo1?\.maven\b|deb\.debian\b|(?:registry-1\.)?docker\.io|ghcr\.io|quay\.io|crates\.io|proxy\.golang)"
)


def check_no_select_star(source: Source) -> list[Finding]:
    """A query names its columns, so that a new column changes nobody's answer."""
    if source.path.name != "queries.py":
        return []
    return [
        source.finding(node, "`select *`", "name the columns")
        for node in source.every(ast.Constant)
        if isinstance(node.value, str) and node not in source.docstrings and SELECT_STAR.search(node.value)
    ]


def check_sql_lives_in_queries(source: Source) -> list[Finding]:
    """Every SQL statement of a service is a function of `queries.py`."""
    if source.noun is None or source.path.name in SQL_FILES:
        return []
    return [
        source.finding(node, "SQL outside `queries.py`", "make it a function of the noun's queries and call that")
        for node in source.every(ast.Constant)
        if isinstance(node.value, str) and node not in source.docstrings and SQL.search(node.value)
    ]


def check_no_machine_path(source: Source) -> list[Finding]:
    """No file names a folder of the machine it was written on."""
    return _matching_lines(
        source, MACHINE_PATH, "a path of one machine", "take it from the settings, or make it relative"
    )


def check_no_registry(source: Source) -> list[Finding]:
    """No file names a package registry: which one is used is the installing machine's business."""
    return _matching_lines(source, REGISTRIES, "a registry's host", "leave it to the machine's own configuration")


def _matching_lines(source: Source, pattern: re.Pattern[str], rule: str, mend: str) -> list[Finding]:
    return [
        source.finding(number, rule, mend) for number, line in enumerate(source.lines, start=1) if pattern.search(line)
    ]
