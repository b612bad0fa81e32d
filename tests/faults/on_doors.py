"""What can befall the doors that tills come in by."""

import asyncio
import random
from contextlib import suppress

from tests.faults.line import GONE, Line, request
from tests.faults.place import Place

TOO_MUCH_BYTES = 10_000_000
AT_ONCE = 8


async def post_too_much(here: Place, _drawn: random.Random) -> None:
    """tills send ten megabytes where one is allowed, many at once, to every process that answers"""
    await here.answers()
    whole = request("/trade/v1/tickets", here.token, b" " * TOO_MUCH_BYTES)
    told = await asyncio.gather(*(_answered(port, whole) for port in here.ports for _ in range(AT_ONCE)))
    answered = {status for status in told if status is not None}  # who is still sending may not hear it
    assert answered == {413}, f"ten megabytes were answered {sorted(answered)}"


async def _answered(port: int, whole: bytes) -> int | None:
    line = Line(port)
    with suppress(*GONE):
        return (await line.ask(whole)).status
    return None
