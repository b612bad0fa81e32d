"""What is looked at, and how long one waits before the next try."""

from enum import StrEnum

LEASE_S = 30  # a process that dies in the middle keeps others waiting so long
LONGEST_WAIT_S = 60
FIRST_WAIT_MS = 250


class Subject(StrEnum):
    """About what WeCom is asked."""

    GROUP = "group"
    CONTACT = "contact"


def wait_ms(tries: int) -> int:
    """How long to wait after so many tries: a quarter of a second, then double, at most a minute."""
    return min(FIRST_WAIT_MS << min(max(tries - 1, 0), 20), LONGEST_WAIT_S * 1000)
