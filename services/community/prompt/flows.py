"""A prompt: those who ask at the same time share one read, and one note of who was asked that nobody waits for.

The note is lost only if the process dies within the moment; then somebody is asked once more, which harms nobody.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from services.community.prompt import actions, queries
from services.community.prompt.actions import ShownTo
from services.community.prompt.rules import Asked, Decision, Prompt, Standing, decide
from shared.batcher import Batcher
from shared.context import Context

logger = structlog.get_logger()

# Questions a read: so few that their answers are written while the next are read, measured with 64 callers.
_A_READ = 16
_NOTE_EVERY_S = 0.05


async def ask(context: Context, asked: Asked) -> tuple[Prompt, Standing]:
    """What to say to this shopper at this shop, and what that was decided on."""
    return await _answers(context).submit(asked)


def _answers(context: Context) -> Batcher[Asked, tuple[Prompt, Standing]]:
    return context.batcher("answer_prompts", partial(_answer, context), most_in_batch=_A_READ, beside_from=_A_READ)


def _notes(context: Context) -> Batcher[ShownTo, None]:
    return context.batcher("note_prompts", partial(_note, context), pause_s=_NOTE_EVERY_S)


async def _answer(context: Context, asked: Sequence[Asked]) -> list[tuple[Prompt, Standing]]:
    """Decide for all of them by one read."""
    async with context.database.reading() as tx:
        standings = await queries.standings(tx, asked)
    answers = [(decide(standing, tx.at), standing) for standing in standings]
    shown = [
        ShownTo(one.brand_id, standing.person_id, tx.at)
        for one, (prompt, standing) in zip(asked, answers, strict=True)
        if prompt.decision is not Decision.NOTHING and standing.person_id is not None
    ]
    if shown:
        # The batcher's queue holds what this task waits for, so it lives until it is done.
        asyncio.create_task(_notes(context).submit_all(shown)).add_done_callback(_noted)
    return answers


async def _note(context: Context, shown: Sequence[ShownTo]) -> list[Exception | None]:
    context.disk.must_have_room()
    async with context.database.reading() as tx:  # one statement is a transaction of its own
        return await actions.record_prompts(tx, shown)


def _noted(task: "asyncio.Task[list[Exception | None]]") -> None:
    if task.cancelled():
        return
    error = task.exception() or next(filter(None, task.result()), None)
    if error is not None:
        logger.warning("prompts were not noted", error=type(error).__name__)
