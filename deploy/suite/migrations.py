"""Migrations, done and written by Alembic, without an environment of its own in each service: it is this file."""

import ast
import importlib
import pkgutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from alembic.autogenerate import api
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.suite.lines import Line
from shared.db.tables import CARRIED_BY_ALL, schema

_TOOLS = Path(__file__).parents[2] / "pyproject.toml"

_REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{number}"
down_revision = {last}


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
{calls}

{steps}'''

Result = TypeVar("Result")


async def upgrade(line: Line, dsn: str) -> None:
    """Bring one line to its newest revision."""
    await _on(dsn, partial(_upgrade, line=line))


def newest_by_alembic(line: Line) -> str | None:
    """The line's newest revision, as the revisions themselves say it."""
    return _scripts(line).get_current_head()


def tables(service: str) -> MetaData:
    """Everything the service's code says it owns: its nouns' `tables.py`, imported."""
    package = importlib.import_module(f"services.{service}")
    for noun in pkgutil.iter_modules(package.__path__):
        if noun.ispkg and (Path(package.__path__[0]) / noun.name / "tables.py").exists():
            importlib.import_module(f"services.{service}.{noun.name}.tables")
    return schema(service)


async def differences(line: Line, dsn: str) -> str:
    """What a migration would have to do so that the database fits the code, in Python; empty for nothing."""

    def compare(connection: Connection) -> str:
        context = MigrationContext.configure(connection, opts=_options(line))
        script = api.produce_migrations(context, tables(line.service))
        assert script.upgrade_ops is not None
        return api.render_python_code(script.upgrade_ops, migration_context=context)

    body = await _on(dsn, compare)
    steps = [text for text in body.splitlines() if text.strip() and not text.strip().startswith("#")]
    return "" if [text.strip() for text in steps] == ["pass"] else textwrap.dedent("\n".join(steps))


async def write(line: Line, dsn: str, message: str) -> Path | None:
    """Write the line's next revision; none where the database fits the code."""
    body = await differences(line, dsn)
    if not body:
        return None
    last = newest_by_alembic(line)
    number = f"{int(last or 0) + 1:04}"
    path = line.folder / f"{number}_{message.replace(' ', '_')}.py"
    calls, steps = _by_table(body)
    path.write_text(_REVISION.format(message=message, number=number, last=repr(last), calls=calls, steps=steps))
    return path


def tidy(path: Path) -> None:
    """Write a file's code as all of ours is written; whoever writes migrations has ruff among the tools."""
    for step in (("check", "--fix"), ("format",)):
        ruff = [sys.executable, "-m", "ruff", *step, "--quiet", "--config", str(_TOOLS), str(path)]
        subprocess.run(ruff, check=True)


def _by_table(body: str) -> tuple[str, str]:
    """The steps of a migration as one function a table, and the calls of those functions."""
    steps: dict[str, list[str]] = {}
    for statement in ast.parse(body).body:
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Call)
        steps.setdefault(_table_of(statement.value), []).append(ast.unparse(statement))
    functions = [
        f"\ndef _{table}() -> None:\n{textwrap.indent(chr(10).join(lines), '    ')}\n" for table, lines in steps.items()
    ]
    return "\n".join(f"    _{table}()" for table in steps), "\n".join(functions)


def _table_of(step: ast.Call) -> str:
    """Which table a step is about: `op.create_table(table, …)`, but `op.create_index(name, table, …)`."""
    assert isinstance(step.func, ast.Attribute)
    is_named_first = step.func.attr.endswith(("_index", "_constraint", "_key"))
    place = step.args[1 if is_named_first else 0]
    name = place.args[0] if isinstance(place, ast.Call) else place
    assert isinstance(name, ast.Constant)
    return str(name.value)


def _scripts(line: Line) -> ScriptDirectory:
    folder = str(line.folder)
    return ScriptDirectory(folder, version_locations=[folder])


def _owns(line: Line, table: str) -> bool:
    """Whether a table is this line's to make."""
    if table.startswith("log_p") or table in ("shared_version", "service_version"):
        return False
    return (table in CARRIED_BY_ALL) is line.is_shared


def _options(line: Line) -> dict[str, Any]:
    """How Alembic is to look at the schema."""

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name is None or _owns(line, name)

    def is_told_of_ours(thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return is_ours(name, kind, thing)

    return {
        "target_metadata": tables(line.service),
        "version_table": line.version_table,
        "include_name": is_ours,
        "include_object": is_told_of_ours,
        "compare_type": True,
    }


def _upgrade(connection: Connection, line: Line) -> None:
    scripts = _scripts(line)

    def steps(revision: str, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)  # as Alembic's cookbook does

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, **_options(line))
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


async def _on(dsn: str, work: Callable[[Connection], Result]) -> Result:
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
