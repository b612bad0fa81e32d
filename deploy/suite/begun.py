"""Whether a home's demo has begun and ended, and what becomes of one that was interrupted.

It is played anew from the start: half a replay, sent once more, would look like a chain full of mistakes.
"""

import os
import shutil
from pathlib import Path

import msgspec

from deploy.suite.postgres_ending import end_server
from deploy.suite.postgres_folder import Folder

_OF_THE_DEMO = ("postgres/data", "kafka", "demo", "outside.json", "clock")


class Interrupted(Exception):
    """A demo was interrupted in a database that is not ours to empty; the message says what to do."""


def folder_of(home: Path) -> Path:
    """Where the demo keeps what it sent and whose credentials it made; there from its beginning."""
    return home / "demo"


def is_done(home: Path) -> bool:
    """Whether this home has played the demo to its end."""
    return _done_file(home).exists()


def mark_begun(home: Path) -> None:
    """Note that it begins."""
    folder_of(home).mkdir(exist_ok=True)


def mark_done(home: Path, played: object) -> None:
    """Note that it has ended, and how; whoever only asks whether it has need not load what plays it."""
    _done_file(home).write_bytes(msgspec.json.encode(played))


async def clear_interrupted(home: Path) -> bool:
    """Empty a home whose demo began and did not end; answers whether there was one.

    Raises `Interrupted` where the database is somebody else's, `PostgresError` while another run uses the home.
    """
    if not folder_of(home).exists() or is_done(home):
        return False
    if os.environ.get("DATABASE_URL"):
        raise Interrupted(
            "The demo in this database was interrupted half-way. Drop the database and make it anew, "
            f"remove {folder_of(home)}, and start again; or go on without the demo: --no-demo."
        )
    server = Folder(home / "postgres")
    try:
        await end_server(server.data)  # of a run that was killed
        for name in _OF_THE_DEMO:
            _remove(home / name)
    finally:
        server.release()
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _done_file(home: Path) -> Path:
    return folder_of(home) / "done.json"
