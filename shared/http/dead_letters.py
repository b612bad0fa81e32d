"""Dead letters over HTTP, the same in every service: list, look, retry, drop."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from shared.auth.caller import KEEPER
from shared.bus import dead_letters
from shared.errors import NotFound
from shared.http.doors import Answering, Doors, Reading
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of


class DeadLetterOut(BaseModel):
    """An event that could not be taken in, or that waits behind one of its key."""

    event_id: UUID
    source: str
    part: int
    off: int
    key: str
    type: str
    at: datetime
    cause: str
    error: str
    attempts: int
    next_try_at: datetime


class OpenedOut(DeadLetterOut):
    """The same with its body; a byte that is no UTF-8 shows as `\\xff`."""

    body: str


def dead_letter_doors(service: str) -> Doors:
    """The doors of one service."""
    doors = Doors(f"/{service}/v1", "dead_letter")

    @doors.read("/dead-letters", who=KEEPER)
    async def list_dead_letters(tx: Reading, after: After = None, most: PageSize = 50) -> Page[DeadLetterOut]:
        """A page of dead letters, by source and offset."""
        rows = await dead_letters.listed(tx, None, keys_of(after, ("", 0, 0)), most)
        items = [DeadLetterOut(**row) for row in rows]
        end = items[-1] if len(items) == most else None
        return Page(items=items, next=cursor_of(end.source, end.part, end.off) if end else None)

    @doors.read("/dead-letters/{event_id}", who=KEEPER)
    async def look_at_dead_letter(event_id: UUID, tx: Reading) -> OpenedOut:
        """One dead letter, opened."""
        row = await dead_letters.look(tx, event_id)
        if row is None:
            raise NotFound(what="dead letter")
        return OpenedOut(**{**row, "body": bytes(row["body"]).decode("utf-8", "backslashreplace")})

    @doors.act("/dead-letters/{event_id}:retry", who=KEEPER, natural_key="event id", status_code=202)
    async def retry_dead_letter(event_id: UUID, tx: Answering) -> None:
        """Have it tried again within seconds, whatever its turn was."""
        if not await dead_letters.hurry(tx, event_id):
            raise NotFound(what="dead letter")

    @doors.act("/dead-letters/{event_id}:drop", who=KEEPER, natural_key="event id")
    async def drop_dead_letter(event_id: UUID, tx: Answering) -> None:
        """Give it up for good; what waited behind it goes on."""
        if not await dead_letters.drop(tx, event_id):
            raise NotFound(what="dead letter")

    return doors
