"""Room on the database's disk: below a watermark nothing that changes anything is begun, while reading goes on.

A full disk stops the database itself, recovery included; refused in time, nothing is half done and it stays up.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from shared.errors import DiskFull
from shared.metrics import DISK_FREE
from shared.settings import Settings

LOOK_EVERY_S = 0.5
RETRY_AFTER_S = 30


def free_bytes(folder: Path) -> int:
    """How much may still be written where this folder lies."""
    return shutil.disk_usage(folder).free


class Disk:
    """The disk that a folder lies on; without a folder there is always room."""

    def __init__(
        self,
        folder: Path | None,
        reserve_bytes: int,
        free: Callable[[Path], int] = free_bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reserve_bytes = reserve_bytes
        self._free = partial(free, folder) if folder is not None else None
        self._clock = clock
        self._looks_again_at = float("-inf")
        self._is_low = False
        if self._free is not None:
            DISK_FREE.set_function(self._free)

    @classmethod
    def of(cls, settings: Settings) -> "Disk":
        """The disk that the settings name."""
        return cls(settings.disk_folder, settings.disk_reserve_mb * 2**20)

    def must_have_room(self) -> None:
        """Raises `DiskFull` below the watermark; looks at the disk twice a second at most."""
        if self._free is None:
            return
        if self._clock() >= self._looks_again_at:
            self._is_low = self._free() < self._reserve_bytes
            self._looks_again_at = self._clock() + LOOK_EVERY_S
        if self._is_low:
            raise DiskFull(retry_after_s=RETRY_AFTER_S)
