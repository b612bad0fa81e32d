"""What the machine could do at best: the same server, the same callers, and as good as no work.

`python -m tests.bench.limits` answers on SIYU_PORT: `/trade/v1/constant` with a constant, `/trade/v1/thrown-away` by
reading and checking a ticket and throwing it away.
"""

import asyncio

import msgspec
import uvloop

from deploy.processes import until_signalled
from deploy.suite.secret import secrets_of
from deploy.suite.serve import Suite, listening
from deploy.suite.services import all_services
from services.trade.till_ticket.rules import Ticket
from shared.app import create_app
from shared.auth.caller import TILL
from shared.http import Doors
from shared.http.hot import Ask, Reply
from shared.runtime import Role
from shared.settings import Settings

doors = Doors("/trade/v1", "limit")

_ANSWER = b'{"decision":"invite","say":"' + b"x" * 200 + b'"}'
_ticket = msgspec.json.Decoder(Ticket)


@doors.hot("/constant", who=TILL, natural_key="nothing changes", most_bytes=2**12, openapi={})
async def answer_constant(_ask: Ask) -> Reply:
    """The limit of P1."""
    return Reply(200, _ANSWER)


@doors.hot("/thrown-away", who=TILL, natural_key="nothing changes", most_bytes=2**20, openapi={})
async def throw_away(ask: Ask) -> Reply:
    """The limit of P2."""
    _ticket.decode(ask.body)
    return Reply(201, _ANSWER)


async def serve() -> None:
    """Answer until told to stop."""
    settings = Settings()
    service = create_app("trade", title="limits", doors=[doors])
    suite = Suite({"trade": service}, settings, secrets_of(settings), every=list(all_services()))
    async with until_signalled():
        await suite.start(frozenset({Role.API}))
        async with listening(suite, settings):
            await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
