"""Who is whose contact: what WeCom answers, and what callbacks told of those who are gone already."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class Follow(NamedTuple):
    """A member of staff who has the person, since when, and through which live code."""

    userid: str
    added_at: datetime
    state: str | None
    cause: str = ""


def passed_by(follows: Sequence[Follow], told: Sequence[Follow]) -> list[Follow]:
    """Those whom callbacks told to have added the person and who have her no more."""
    present = {one.userid for one in follows}
    return list({one.userid: one for one in told if one.userid not in present}.values())
