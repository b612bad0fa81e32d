"""`python -m tests.faults`: hurt the suite for a while, then say what was lost or doubled; exit status 1 if any was."""

import random
import subprocess
import tempfile
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from shared import logs
from shared.settings import Bus
from tests.faults.campaign import Plan, Report, survive
from tests.faults.injections import A_MINUTE, KINDS, chosen

MOST_LISTED = 30

console = Console(highlight=False)


def main(
    seconds: Annotated[float, typer.Option(help="how long faults happen; each kind happens once at least")] = 60.0,
    seed: Annotated[int | None, typer.Option(help="draws the order of faults; a new one if left out")] = None,
    bus: Annotated[Bus, typer.Option(help="what carries events")] = Bus.LOG,
    kinds: Annotated[str, typer.Option(help=f"`{A_MINUTE}`, or some of: {', '.join(KINDS)}; else all")] = "",
    at_once: Annotated[int, typer.Option(help="posts in flight")] = 64,
    think_ms: Annotated[int, typer.Option(help="pause of a till between two posts")] = 60,
) -> None:
    """Hurt it."""
    logs.configure("ERROR")
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    may_mount = _may_mount()
    names = chosen([name for name in kinds.split(",") if name], bus, may_mount=may_mount)
    story: list[str] = []

    def say(line: str) -> None:
        story.append(line)
        console.print(line)

    say(f"seed {seed}: {', '.join(names)}")
    if not may_mount and kinds != A_MINUTE:
        console.print("no disk is filled: mounting a file system is not permitted here", style="yellow")
    try:
        report = uvloop.run(survive(Plan(seconds, seed, bus, names, at_once, think_ms / 1000), say))
    except (ExceptionGroup, AssertionError, OSError) as error:  # of a long output somebody may see the end alone
        error.add_note("\n".join(story))
        raise
    _print(report, seed)
    raise typer.Exit(1 if report.differences else 0)


def _print(report: Report, seed: int) -> None:
    faults = Table("fault", "times", title=f"injected, seed {seed}")
    for kind, times in sorted(report.injected.items()):
        faults.add_row((KINDS[kind].__doc__ or "").strip(), str(times))
    faults.add_row("in all", str(report.injected.total()), style="bold")
    console.print(faults)
    seen, verdict = report.seen, report.verdict
    tickets = Table("tickets", "", title="what came of it")
    for what, count in (
        ("sent", len(seen.sent)),
        ("acknowledged", len(seen.acknowledged)),
        ("stored", verdict.stored),
        ("lost", verdict.lost),
        ("doubled", verdict.doubled),
        ("posts", seen.posts),
        ("posts without an answer", seen.unanswered),
        ("posts sent again", seen.again),
    ):
        tickets.add_row(what, f"{count:,}")
    for status, count in sorted(seen.statuses.items()):
        tickets.add_row(f"answers {status}", f"{count:,}")
    console.print(tickets)
    checks = Table("reconciliation", "differences")
    told = {
        "no till was told what it should not be": seen.complaints,
        "every listener caught up": report.behind,
        "every process works again": report.idle,
        "no process took what happened for a bug of its own": report.bugs,
    }
    for what, found in {**verdict.checks, **told}.items():
        checks.add_row(what, str(len(found)) if found else "none")
    console.print(checks)
    for difference in report.differences[:MOST_LISTED]:
        console.print(f"  {difference}", style="red")


def _may_mount() -> bool:
    """Whether a file system can be mounted here, as only root can, and not everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            return False
        subprocess.run(("umount", folder), check=True)
    return True


app = typer.Typer(pretty_exceptions_enable=False)
app.command()(main)
app()
