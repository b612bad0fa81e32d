"""A source file as the house checks see it, and what a check says about it."""

import ast
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("services", "shared", "deploy", "tests")
TEXT_FOLDERS = (*CODE_FOLDERS, ".ci", ".github", "docs")
TEXT_ENDINGS = frozenset(
    {"", ".cfg", ".html", ".ini", ".js", ".json", ".md", ".properties", ".py", ".sh", ".sql", ".toml", ".ts"}
    | {".txt", ".xml", ".yaml", ".yml", ".tpl", ".po"}
)
NOT_TEXTS = frozenset({"LICENSE", ".git"})  # in a worktree `.git` is a file
NOT_OURS = frozenset({"__pycache__", "node_modules", "deploy/kafka/libs", "deploy/kafka/data"})

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Finding:
    """One broken rule: where it is, which rule, and what to do about it."""

    path: PurePosixPath
    line: int
    rule: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}. Mend: {self.mend}."


@dataclass(frozen=True)
class Source:
    """A file below the root. Everything derived from its text is worked out once and kept."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines."""
        return self.text.splitlines()

    @cached_property
    def _by_kind(self) -> Mapping[type[ast.AST], list[ast.AST]]:
        kinds: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in ast.walk(self.tree):
            kinds[type(node)].append(node)
        return dict(kinds)

    @cached_property
    def docstrings(self) -> frozenset[ast.AST]:
        """The string nodes that document a module, a class or a function."""
        documented = (self.tree, *self.every(ast.ClassDef), *self.functions)
        return frozenset(
            node.body[0].value
            for node in documented
            if ast.get_docstring(node, clean=False) is not None and isinstance(node.body[0], ast.Expr)
        )

    @property
    def functions(self) -> Iterator[Function]:
        """Every function and method, also nested ones."""
        yield from self.every(ast.FunctionDef)
        yield from self.every(ast.AsyncFunctionDef)

    @property
    def noun(self) -> str | None:
        """The noun this file belongs to, if it lies in `services/<service>/<noun>/`."""
        parts = self.path.parts
        return parts[2] if len(parts) >= 4 and parts[0] == "services" and parts[2] != "migrations" else None

    def every(self, kind: type[Node]) -> Iterator[Node]:
        """Every node of exactly this kind."""
        for node in self._by_kind.get(kind, ()):
            assert isinstance(node, kind)
            yield node

    def within(self, *places: str) -> bool:
        """Whether the file is one of `places` (given without `.py`) or lies below one that is a folder."""
        whole = str(self.path)
        return any(whole in (place, f"{place}.py") or whole.startswith(f"{place}/") for place in places)

    def finding(self, where: ast.AST | int, rule: str, mend: str) -> Finding:
        """A finding at a node or at a line."""
        line = where if isinstance(where, int) else getattr(where, "lineno", 1)
        return Finding(self.path, line, rule, mend)


def python_sources(root: Path = ROOT) -> list[Source]:
    """Every Python file of ours, in the order of its path."""
    paths = (path for path in _files(root, CODE_FOLDERS) if path.suffix == ".py")
    return [_read(root, path) for path in sorted(paths)]


def text_sources(root: Path = ROOT) -> list[Source]:
    """Every committed text, whatever its language, also those at the root."""
    top = (path for path in root.iterdir() if path.is_file() and path.name not in NOT_TEXTS)
    paths = (path for path in (*top, *_files(root, TEXT_FOLDERS)) if path.suffix in TEXT_ENDINGS)
    return [_read(root, path) for path in sorted(paths)]


def _files(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for where, below, names in os.walk(root / folder):
            below[:] = [name for name in below if _is_ours(root, Path(where, name))]
            yield from (Path(where, name) for name in names)


def _is_ours(root: Path, folder: Path) -> bool:
    names = {folder.name, folder.relative_to(root).as_posix()}
    return not folder.name.startswith(".") and names.isdisjoint(NOT_OURS)


def _read(root: Path, path: Path) -> Source:
    return Source(PurePosixPath(path.relative_to(root).as_posix()), path.read_text(encoding="utf-8"))
