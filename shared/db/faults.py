"""Which failures of the database pass by themselves: a lost server, a deadlock, a lack of room.

After a server kill asyncpg raises almost anything, a bare `OSError` or an internal error of its state machine
included, so the list is of what passes, and everything of the connection counts as lost.
"""

import asyncpg

# Two transactions met; the same work again will do.
_MET = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)

_LOST = (
    MemoryError,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)

# The same where a new row is written, on which two may also have met.
CONTENTION = (*_MET, asyncpg.UniqueViolationError)


class SlotTaken(Exception):
    """Somebody else moved this position first: roll back and read anew."""


def is_passing(error: BaseException) -> bool:
    """Nothing is wrong with the work itself: wait and do it again.

    asyncpg calls a value wrong that it could not write for lack of memory; what really happened is behind it.
    """
    return isinstance(error, (*_MET, *_LOST)) or isinstance(error.__cause__, MemoryError)
