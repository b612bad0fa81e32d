"""A prompt: one read shared by those who ask at the same time, a decision, and a note of it that nobody waits for.

The note is lost only if the process dies within the moment; then somebody is asked once more, which harms nobody.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from services.community.prompt import actions, queries
from services.community.prompt.actions import ShownTo
from services.community.prompt.rules import Asked, Decision, HandOver, Prompt, Standing, decide
from shared.batcher import Batcher
from shared.context import Context
from shared.db import Database, Row

logger = structlog.get_logger()

_READS = "community.read_standings"
_BESIDE_FROM = 16  # questions: a read of so many is worth a connection of its own


async def ask(context: Context, asked: Asked) -> tuple[Prompt, Standing]:
    """What to say to this shopper at this shop."""
    reads = context.batchers.get(_READS)
    if reads is None:
        reads = context.batchers[_READS] = Batcher(_READS, partial(_read, context.database), beside_from=_BESIDE_FROM)
    standing: Standing = await reads.submit(asked)
    at = context.clock()
    prompt = decide(standing, at)
    if prompt.decision is not Decision.NOTHING and standing.person_id is not None:
        shown = ShownTo(asked.brand_id, standing.person_id, at)
        # The batcher's queue holds what this task waits for, so it lives until it is done.
        asyncio.create_task(context.together(actions.record_prompts, shown)).add_done_callback(_noted)
    return prompt, standing


async def _read(database: Database, asked: Sequence[Asked]) -> list[Standing | Exception]:
    async with database.reading() as tx:
        return [_standing(row) for row in await queries.standings(tx, asked)]


def _standing(row: Row) -> Standing:
    return Standing(
        person_id=row["person_id"],
        is_member=row["is_member"],
        is_in_group=row["is_in_group"],
        is_contact=row["is_contact"],
        has_ever_joined=row["has_ever_joined"],
        last_joined_at=row["last_joined_at"],
        last_prompted_at=row["last_prompted_at"],
        group_code=HandOver(row["group_code"], row["group_qr_code"]) if row["group_code"] else None,
        staff_code=HandOver(row["staff_code"], row["staff_qr_code"]) if row["staff_code"] else None,
        offer_fen=row["offer_fen"],
    )


def _noted(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.warning("a prompt was not noted", error=type(task.exception()).__name__)
