"""Lines of migrations. Each schema has two: what all services carry (`shared/db/migrations/`) and what its service owns
(`services/<name>/migrations/`). How far the code has come in a line shows by its files.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One line of migrations in a service's schema."""

    service: str
    is_shared: bool

    @property
    def version_table(self) -> str:
        """Where this line notes how far it has come."""
        return "shared_version" if self.is_shared else "service_version"

    @property
    def folder(self) -> Path:
        """Where its revisions lie."""
        package = importlib.import_module("shared.db" if self.is_shared else f"services.{self.service}")
        return Path(package.__path__[0]) / "migrations"

    @property
    def newest(self) -> str | None:
        """Its newest revision, by the files' names; none where there is none yet."""
        return max((path.name.partition("_")[0] for path in self.folder.glob("[0-9]*_*.py")), default=None)


def lines_of(service: str) -> tuple[Line, Line]:
    """Both lines of a service's schema, in their order."""
    return (Line(service, is_shared=True), Line(service, is_shared=False))
