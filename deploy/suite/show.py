"""What a person at the terminal sees of a run."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

_PLACES = """
  {services}
  health    http://127.0.0.1:{port}/health   ready http://127.0.0.1:{port}/ready
  metrics   http://127.0.0.1:{metrics}/metrics and http://127.0.0.1:{metrics_2}/metrics
  log files {logs}
"""
_DEMO = """
  A till's first ticket, by curl: see README.md; its credential lies in {till}
  Why is it so? `siyu explain` says it, by head office's credential in {office}
"""


class Terminal:
    """Lines and one progress bar."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._progress: Progress | None = None

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(text, style="bold" if text.endswith(":") else "")

    def baskets(self, total: int) -> Callable[[int], None]:
        """A bar for the baskets sold; answers what moves it on."""
        self._progress = Progress(
            TextColumn("baskets"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeElapsedColumn(),
            console=self.console,
        )
        self._progress.start()
        task = self._progress.add_task("baskets", total=total)
        progress = self._progress

        def advance(count: int) -> None:
            progress.advance(task, count)

        return advance

    def end_bar(self) -> None:
        """Leave the bar as it stands."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def places(self, services: list[str], port: int, metrics_port: int, home: Path) -> None:
        """Where things are."""
        docs = "\n  ".join(f"{name:<18} http://127.0.0.1:{port}/{name}/docs" for name in services)
        self.console.print(
            _PLACES.format(
                services=docs,
                port=port,
                metrics=metrics_port,
                metrics_2=metrics_port + 1,
                logs=home / "logs",
            ),
            end="",
        )
        if (home / "demo" / "till.json").exists():
            self.console.print(
                _DEMO.format(till=home / "demo" / "till.json", office=home / "demo" / "office.json"), end=""
            )
        self.console.print("\n  Ctrl-C stops everything.")
