"""Tokens over HTTP: one route for whoever can prove who it is."""

from typing import assert_never

from starlette.responses import Response

from services.directory.token import flows
from services.directory.token.schemas import Grant, MiniProgramGrant, PasswordGrant, SecretGrant, TokenOut
from shared.auth.caller import EVERYONE
from shared.auth.tokens import LIFETIME_S
from shared.http import Asking, Doors

doors = Doors("/directory/v1", "token")


@doors.flow("/tokens", who=EVERYONE, natural_key="the credential")
async def get_token(body: Grant, asking: Asking, response: Response) -> TokenOut:
    """A token for a till, a partner, a member of staff or a shopper; ask anew before it expires."""
    match body:
        case SecretGrant():
            caller = await flows.by_secret(asking, body)
        case PasswordGrant():
            caller = await flows.by_password(asking, body)
        case MiniProgramGrant():
            caller = await flows.by_mini_program(asking, body)
        case _:
            assert_never(body)
    response.headers["Cache-Control"] = "no-store"
    return TokenOut(access_token=asking.signer.token(caller), expires_in=LIFETIME_S)
