"""Credentials over HTTP: revoking one."""

from uuid import UUID

from starlette.requests import Request

from services.directory.credential import flows
from shared.auth.caller import MANAGERS
from shared.events.event import Asked
from shared.http import Asking, Doors, Who

doors = Doors("/directory/v1", "credential")


@doors.flow("/credentials/{credential_id}:revoke", who=MANAGERS, natural_key="the credential", status_code=204)
async def revoke_credential(credential_id: UUID, request: Request, who: Who, asking: Asking) -> None:
    """It counts no more, nor do the tokens it got. A till's by the managers of its shop, others by head office."""
    await flows.revoke(asking, who, credential_id, Asked(request.state.request_id, request.state.trace))
