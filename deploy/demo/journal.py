"""What was sent and what was answered, line by line: all that the checker believes of the replay."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

_encoder = msgspec.json.Encoder()


class Journal:
    """A file of JSON lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("wb", buffering=2**20)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def note(self, what: str, **facts: object) -> None:
        """One line: what happened, and its facts."""
        self._file.write(_encoder.encode({"what": what, **facts}) + b"\n")
