"""Folders that go when their block ends."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def throw_away_folder(prefix: str = "siyu-") -> Iterator[Path]:
    """One that the database's server may enter, which may run as another user than we do."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
