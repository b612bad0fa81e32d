"""What a process does that runs out of memory where nobody is told: it ends itself, and its supervisor starts it anew.

Where memory fails while a request is handled, its caller hears that no answer can be given. In the event loop's own
work it leaves lines half made or half closed, and the door deaf for ever: libuv accepts no connection before the one
it has was taken over, and the one whose protocol could not be made never is.
"""

import asyncio
import os
import signal
from typing import Any

END_LIMIT_S = 10  # then the kernel ends it, which needs no memory of ours


def end_when_out_of_memory() -> None:
    """Have this process end, as if it were told to, when its event loop is out of memory."""
    ending = False

    def on_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal ending
        if not isinstance(context.get("exception"), MemoryError):
            loop.default_exception_handler(context)
        elif not ending:
            ending = True
            signal.alarm(END_LIMIT_S)
            os.kill(os.getpid(), signal.SIGTERM)

    asyncio.get_running_loop().set_exception_handler(on_failure)
