"""A miniature of the tree, healthy in every contract, into which a test plants one wrong import.

`bakery` and `mill` are services that do not exist, so that the contracts of real services leave them alone.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

from tests.house.source import ROOT

CONTRACTS = ROOT / ".importlinter"
PREFIX = "importlinter:contract:"
NOUNS = "nouns-"

# Module → what it imports: each arrow that the house allows is drawn at least once.
HEALTHY = {
    "deploy.suite.command": ("services.bakery.app", "services.mill.app", "deploy.demo.chain"),
    "deploy.demo.chain": ("shared.money",),
    "deploy.emulator.wecom": ("shared.http.calls",),
    "deploy.kafka.broker": (),
    "services.bakery.app": (
        "services.bakery.peers",
        "services.bakery.bread.api",
        "services.bakery.bread.consumers",
        "services.bakery.bread.jobs",
        "shared.app",
    ),
    "services.bakery.peers": ("shared.http.calls",),
    "services.bakery.migrations.env": ("services.bakery.bread.tables", "alembic"),
    "services.bakery.migrations.versions.v0001": ("sqlalchemy",),
    "services.bakery.bread.api": ("services.bakery.bread.flows", "services.bakery.bread.schemas", "fastapi"),
    "services.bakery.bread.consumers": ("services.bakery.bread.actions", "shared.bus.reader"),
    "services.bakery.bread.jobs": ("services.bakery.bread.flows",),
    "services.bakery.bread.flows": ("services.bakery.bread.actions", "services.bakery.peers"),
    "services.bakery.bread.actions": (
        "services.bakery.bread.queries",
        "services.bakery.bread.rules",
        "services.bakery.cake.actions",
        "shared.db.database",
    ),
    "services.bakery.bread.queries": ("services.bakery.bread.tables", "sqlalchemy"),
    "services.bakery.bread.schemas": ("services.bakery.bread.rules", "pydantic"),
    "services.bakery.bread.tables": ("services.bakery.bread.rules", "sqlalchemy"),
    "services.bakery.bread.rules": ("services.bakery.cake.rules", "shared.errors", "shared.money"),
    "services.bakery.cake.actions": ("services.bakery.cake.queries",),
    "services.bakery.cake.queries": ("services.bakery.cake.rules", "sqlalchemy"),
    "services.bakery.cake.rules": ("shared.days", "shared.events.event"),
    "services.mill.app": ("services.mill.flour.api",),
    "services.mill.flour.api": ("services.mill.flour.actions",),
    "services.mill.flour.actions": ("shared.log.append",),
    "shared.app": ("shared.auth.caller", "shared.http.calls", "shared.bus.reader"),
    "shared.auth.caller": ("shared.errors",),
    "shared.http.calls": ("shared.auth.caller", "httpx"),
    "shared.bus.reader": ("shared.log.append", "shared.db.database", "aiokafka"),
    "shared.log.append": ("shared.db.database", "shared.events.event"),
    "shared.db.database": ("shared.events.event", "sqlalchemy", "asyncpg"),
    "shared.events.event": ("shared.ids",),
    "shared.errors": ("shared.words",),
    "shared.clock": (),
    "shared.days": ("shared.clock",),
    "shared.ids": (),
    "shared.money": (),
    "shared.words": (),
}


class Verdict(NamedTuple):
    """What `lint-imports` said."""

    kept: bool
    report: str


def contracts() -> ConfigParser:
    """The contracts of the house."""
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    return parser


def contract_ids(parser: ConfigParser) -> list[str]:
    """The name of each contract, in the order of the file."""
    return [section.removeprefix(PREFIX) for section in parser.sections() if section.startswith(PREFIX)]


def children(parser: ConfigParser, service: str) -> list[str]:
    """What a service consists of, from the one that calls to the one that is called."""
    layers = parser[f"{PREFIX}{NOUNS}{service}"]["layers"]
    return [name.strip("() ") for name in layers.replace("|", "\n").replace(":", "\n").split("\n") if name.strip()]


def build(root: Path, planted: Iterable[tuple[str, str]] = ()) -> None:
    """Write the miniature, the contracts of the house, and the `planted` imports (importer, imported)."""
    imports = {module: list(imported) for module, imported in (*HEALTHY.items(), *_ordered_services())}
    for importer, wrong in planted:
        imports.setdefault(importer, []).append(wrong)
    for module, imported_modules in imports.items():
        _write(root, module, imported_modules)
    (root / CONTRACTS.name).write_bytes(CONTRACTS.read_bytes())


def lint(root: Path, *only: str) -> Verdict:
    """Run the contracts (`only` these, if named) over the tree at `root`."""
    limits = [part for contract in only for part in ("--contract", contract)]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo", *limits],
        cwd=root,
        env={**os.environ, "COLUMNS": "500", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Verdict(done.returncode == 0, done.stdout + done.stderr)


def _ordered_services() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The real services that have an order of nouns: the contract asks that the service is there."""
    parser = contracts()
    for contract in contract_ids(parser):
        if contract.startswith(NOUNS):
            service = contract.removeprefix(NOUNS)
            yield from ((f"services.{service}.{child}.__init__", ()) for child in children(parser, service))


def _write(root: Path, module: str, imported: Iterable[str]) -> None:
    file = root.joinpath(*module.split(".")).with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    for package in file.relative_to(root).parents[:-1]:
        (root / package / "__init__.py").touch()
    file.write_text("".join(f"import {name}\n" for name in imported))
