"""A process that gets no more of what it needs."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

_NONE = 1  # byte, or file: whatever a process has, it gets no more


@contextmanager
def starved(pid: int, of: int) -> Iterator[None]:
    """In the block a process gets nothing more of a resource (getrlimit(2)).

    Raises `ProcessLookupError` at either end where the process is gone: it may die of that.
    """
    had = resource.prlimit(pid, of)
    resource.prlimit(pid, of, (_NONE, had[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, of, had)
