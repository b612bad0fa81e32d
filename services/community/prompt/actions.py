"""Noting whom a till asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.community.prompt import queries
from shared.db import Tx


class ShownTo(NamedTuple):
    """A prompt that was shown to somebody."""

    brand_id: UUID
    person_id: UUID
    at: datetime


async def record_prompts(tx: Tx, shown: Sequence[ShownTo]) -> list[Exception | None]:
    """Note who was asked, so that she is not asked again tomorrow."""
    await queries.record(tx, shown)
    return [None] * len(shown)
