"""Ballast: a file that only takes up room. When the disk is full it goes, so that the server has room to recover."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BALLAST_BYTES = 64 * 2**20  # recovery was seen to need 20 MB
PLENTY = 4  # it is laid where so many times its size are free
ROOM_TO_RUN_BYTES = 32 * 2**20  # with less than this a server that ended is taken to have ended for want of room


def free_bytes(folder: Path) -> int:
    """How much may still be written where this folder lies."""
    return shutil.disk_usage(folder).free


class Ballast:
    """The file of one server's folder. A folder that takes none has none: the server matters more."""

    def __init__(self, folder: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self._folder = folder
        self._file = folder / "ballast"
        self._free = free

    def lay(self) -> None:
        """Take up room while there is plenty."""
        with suppress(OSError):
            if not self._file.exists() and self._free(self._folder) >= PLENTY * BALLAST_BYTES:
                self._write()

    def drop_if_full(self) -> bool:
        """Give the room back where there is none left; answers whether it was."""
        with suppress(OSError):
            if self._free(self._folder) < ROOM_TO_RUN_BYTES:
                self._file.unlink()
                return True
        return False

    def _write(self) -> None:
        """Blocks that are really taken, not only named."""
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
        except OSError:
            self._file.unlink()
            raise
        finally:
            os.close(descriptor)
