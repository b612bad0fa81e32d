"""Which failures pass by themselves, so that who asked comes again, and which are bugs of ours."""

import asyncpg
import pytest

from shared.db.faults import is_passing


def from_cause(cause: Exception) -> asyncpg.DataError:
    """As asyncpg raises it where it could not write a value."""
    error = asyncpg.DataError("invalid input for query argument $9")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(24, "Too many open files"),
        TimeoutError(),
        asyncpg.DiskFullError(),
        asyncpg.DeadlockDetectedError(),
        from_cause(MemoryError()),
    ],
)
def test_a_lack_of_room_time_or_luck_passes(error: Exception) -> None:
    assert is_passing(error)


@pytest.mark.parametrize(
    "error", [from_cause(OverflowError("date value out of range")), asyncpg.NotNullViolationError(), KeyError("sku")]
)
def test_what_is_wrong_with_the_work_itself_does_not_pass(error: Exception) -> None:
    assert not is_passing(error)
