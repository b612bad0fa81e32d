"""Places: which files there are in a service and in a noun, and what of Python's world each may import."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from tests.house.source import Finding, Source

NOUN_FILES = ("api", "schemas", "consumers", "jobs", "flows", "actions", "rules", "queries", "tables")
SERVICE_FILES = ("app", "peers")

# Who may import what from outside; `tests` and `deploy` are free unless a place is named for them.
LIBRARIES = {
    "aiokafka": ("shared/bus", "tests"),
    "asyncpg": ("shared/db", "shared/log", "shared/bus", "shared/ids", "deploy", "tests"),
    "httpx": ("shared", "deploy", "tests"),
    "sqlalchemy": ("shared/db", "shared/log", "deploy", "tests"),
    "alembic": ("shared/db", "deploy", "tests"),
}
SQL_IN_SERVICES = ("queries", "tables")
IN_ONE_FILE_OF_SHARED = ("aiokafka", "httpx")
LOADERS = frozenset({"import_module", "__import__", "spec_from_file_location", "run_module", "run_path"})
MAY_LOAD = ("deploy/suite", "tests")
CHECKER_SHUNS = ("services", "shared", "deploy.suite")


def check_service_files(source: Source) -> list[Finding]:
    """A service holds `app`, `peers`, migrations and nouns; a noun the closed list of file names."""
    parts = source.path.parts
    if parts[0] != "services" or len(parts) < 3 or parts[2] == "migrations":
        return []
    if len(parts) > 4:
        rule = "a folder inside a noun"
        return [source.finding(1, rule, "a noun is flat: make it a noun of its own, or split it into two")]
    allowed = SERVICE_FILES if len(parts) == 3 else NOUN_FILES
    if source.path.stem in ("__init__", *allowed):
        return []
    where = "a service" if len(parts) == 3 else "a noun"
    return [source.finding(1, f"`{source.path.name}` has no place in {where}", f"use one of {', '.join(allowed)}")]


def check_libraries(source: Source) -> list[Finding]:
    """Driver, broker, SQL and HTTP are each imported where their border is and nowhere else."""
    return [
        source.finding(
            node,
            f"imports {library}",
            f"only {', '.join(_places(library))} may; call what stands there",
        )
        for node, module in _imported(source)
        if (library := module.partition(".")[0]) in LIBRARIES and not _may_import(source, library)
    ]


def check_no_hidden_import(source: Source) -> list[Finding]:
    """An import by name, at run time, goes through no wall: only the suite may, which knows every service."""
    if source.within(*MAY_LOAD):
        return []
    mend = "write the import down where the contracts see it, or let deploy.suite hand the module in"
    called = ((call, ast.unparse(call.func).rpartition(".")[2]) for call in source.every(ast.Call))
    return [source.finding(call, f"a hidden import: `{name}`", mend) for call, name in called if name in LOADERS]


def check_one_file_of_shared(sources: Sequence[Source]) -> list[Finding]:
    """A library that we may have to swap is imported in one file of `shared`."""
    findings = []
    for library in IN_ONE_FILE_OF_SHARED:
        users = [source for source in sources if source.within("shared") and _first_import(source, library)]
        for second in users[1:]:
            mend = f"{users[0].path} imports it already: use what it gives"
            findings.append(second.finding(_first_import(second, library), f"a second file imports {library}", mend))
    return findings


def check_checker_stands_alone(source: Source) -> list[Finding]:
    """The checker shares no code with what it checks, not even through another test."""
    if not source.within("tests/checker"):
        return []
    mend = "read what was sent, the public API and the tables; write the arithmetic anew"
    return [
        source.finding(node, f"the checker imports {module}", mend)
        for node, module in _imported(source)
        if _is_below(module, CHECKER_SHUNS)
        or (_is_below(module, ["tests"]) and not _is_below(module, ["tests.checker"]))
    ]


def _places(library: str) -> Iterable[str]:
    inside = (f"a noun's {name}" for name in SQL_IN_SERVICES) if library == "sqlalchemy" else ()
    return (*LIBRARIES[library], *inside)


def _may_import(source: Source, library: str) -> bool:
    if source.within(*LIBRARIES[library]):
        return True
    if library not in ("sqlalchemy", "alembic"):
        return False
    if source.path.parts[0] == "services" and source.path.parts[2] == "migrations":
        return True
    return library == "sqlalchemy" and source.noun is not None and source.path.stem in SQL_IN_SERVICES


def _imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    for plain in source.every(ast.Import):
        yield from ((plain, alias.name) for alias in plain.names)
    for taken in source.every(ast.ImportFrom):
        package = source.path.parent.parts if taken.level else ()
        above = package[: len(package) - taken.level + 1]
        module = ".".join((*above, *filter(None, [taken.module])))
        # `from tests import checker` names the module only together with what is taken from it.
        yield from ((taken, f"{module}.{alias.name}") for alias in taken.names)


def _first_import(source: Source, library: str) -> int:
    lines = (node.lineno for node, module in _imported(source) if _is_below(module, [library]))
    return min(lines, default=0)


def _is_below(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
