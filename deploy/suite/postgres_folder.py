"""What lies in the folder of an embedded server, and who owns it.

folder/                      0700
  lock                       held by the process that runs the server
  secrets/postgres           the superuser's password, 0600
  data/                      what initdb made
  server.log                 everything the server says
  ballast                    room kept for recovery from a full disk
"""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO

from deploy.suite.postgres_binaries import Account, PostgresError


class Folder:
    """The paths of one server, held by this process until `release`."""

    def __init__(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self.path = path.resolve()
        self.data = self.path / "data"
        self.password = self.path / "secrets" / "postgres"
        self.log = self.path / "server.log"
        self._lock = _lock(self.path)

    def release(self) -> None:
        self._lock.close()

    def major(self) -> int | None:
        """The version of PostgreSQL that wrote the data; None before the first start."""
        version = self.data / "PG_VERSION"
        return int(version.read_text(encoding="ascii")) if version.exists() else None

    def make_password(self) -> None:
        self.password.parent.mkdir(mode=0o700, exist_ok=True)
        self.password.unlink(missing_ok=True)
        descriptor = os.open(self.password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24))

    def read_password(self) -> str:
        try:
            return self.password.read_text(encoding="ascii")
        except FileNotFoundError as error:
            raise PostgresError(f"{self.password} is gone: put it back, or remove {self.data}.") from error

    def give_to(self, account: Account) -> None:
        """Also after a change from one way of not being root to another."""
        _give(self.path, account)
        _give(self.password.parent, account)
        _give(self.password, account)
        if self.data.exists() and self.data.stat().st_uid != account.uid:
            # The folder itself last: a killed run goes over all of it again.
            for path in [*self.data.rglob("*"), self.data]:
                _give(path, account)


def _lock(folder: Path) -> IO[bytes]:
    """Hold the folder as long as this process lives: the kernel lets go of it even after SIGKILL."""
    lock = (folder / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise PostgresError(f"Another run uses {folder}. Stop it, or choose another folder.") from error
    return lock


def _give(path: Path, account: Account) -> None:
    if path.lstat().st_uid != account.uid:
        os.chown(path, account.uid, account.uid, follow_symlinks=False)
