"""Moments in the bodies of requests: said with an offset from UTC, in UTC from the door on.

They lie far enough from both ends of the calendar that a rule may add its days to them.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from shared.clock import in_utc

_FIRST_YEAR, _LAST_YEAR = 1900, 9899


def _within_reach(at: datetime) -> datetime:
    utc = in_utc(at)
    if not _FIRST_YEAR <= utc.year <= _LAST_YEAR:
        raise ValueError(f"say a moment between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return utc


Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]
