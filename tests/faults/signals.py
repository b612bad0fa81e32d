"""Signals to processes that may have gone meanwhile."""

import os
import signal
from contextlib import suppress


def send(pid: int | None, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal; kill -9 where none is named."""
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
