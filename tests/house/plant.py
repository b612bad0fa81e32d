"""A plant: a few lines of code that a check must find, or that look like it and must be left alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from textwrap import dedent

from tests.house.source import Finding, Source


@dataclass(frozen=True)
class Plant:
    """`text` at `path`; `lines` are those where `check` must bite, none for a near miss."""

    check: Callable[[Source], list[Finding]]
    path: str
    text: str
    lines: tuple[int, ...]

    def __str__(self) -> str:
        first = next((line.strip() for line in self.text.splitlines() if line.strip()), "empty")
        return f"{self.check.__name__}: {first[:60]}"


def bites(check: Callable[[Source], list[Finding]], path: str, text: str, *lines: int) -> Plant:
    """A violation that must be found, at these lines (the first by default)."""
    return Plant(check, path, text, lines or (1,))


def spares(check: Callable[[Source], list[Finding]], path: str, text: str) -> Plant:
    """A near miss that must not be found."""
    return Plant(check, path, text, ())


def found_lines(plant: Plant) -> tuple[int, ...]:
    """The lines where the check found something in the plant."""
    findings = plant.check(planted(plant.path, plant.text))
    return tuple(sorted(finding.line for finding in findings))


def planted(path: str, text: str) -> Source:
    """A source that was never on disk."""
    return Source(PurePosixPath(path), dedent(text).lstrip("\n"))
