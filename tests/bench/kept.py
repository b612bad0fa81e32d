"""Chains that take too long to make for every run: built once, kept in a folder, and copied for each run."""

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

from deploy.suite.run import site
from shared.db.pool import plain_connection
from shared.settings import Settings
from tests.bench.seed import SCRIPT, Seed, seed

KEPT_FROM = 5_000_000  # members: fewer are made faster than they are copied
FOLDER = Path(".siyu/bench")
READ_AT_ONCE = 2**23


async def copy_kept(wanted: Seed, folder: Path) -> None:
    """Make `folder` the home of a suite with this chain; it is built first, where no run has done so yet."""
    kept = FOLDER / f"{wanted.members}-{_fingerprint()}"
    if not kept.exists():
        await _build(wanted, kept)
    command = ("cp", "--archive", "--reflink=auto", f"{kept}/.", str(folder))
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0, f"{kept} could not be copied: is there room for it?"
    await asyncio.to_thread(_warm, kept, folder)


def _warm(kept: Path, copy: Path) -> None:
    """Memory holds the copy's files, as those of a server long at work, and not the same once more."""
    for path in filter(Path.is_file, kept.rglob("*")):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    for path in filter(Path.is_file, (copy / "postgres" / "data" / "base").rglob("*")):
        with path.open("rb", buffering=0) as file:
            while file.read(READ_AT_ONCE):
                pass


async def _build(wanted: Seed, kept: Path) -> None:
    """Renamed when whole: a build that was ended leaves nothing that looks like one."""
    fresh = kept.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o755)
    settings = Settings.model_validate({"home": fresh})
    async with site(settings) as on, plain_connection(on.admin_dsn) as connection:
        await seed(connection, on.secrets, wanted)
    fresh.rename(kept)


def _fingerprint() -> str:
    """Of what makes it: a chain that is made otherwise is another one."""
    made_by = [SCRIPT, SCRIPT.with_name("seed.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:12]
