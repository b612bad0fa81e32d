"""Pages by cursor: "what comes after this row", so that a page costs the same however deep it lies."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel, Field

from shared.errors import Unreadable

Item = TypeVar("Item")

MOST_ON_PAGE = 200

PageSize = Annotated[int, Query(ge=1, le=MOST_ON_PAGE, description="how many rows at most")]
After = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """Some rows; `next` leads on, and is none on the last page."""

    items: list[Item]
    next: str | None = Field(None, description="send it as `after` for the page that follows")


def cursor_of(*keys: str) -> str:
    """A cursor that stands after a row with these keys."""
    return urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def keys_of(cursor: str | None, first: Sequence[str]) -> Sequence[str]:
    """The keys that a cursor stands after; `first` where there is none. Raises `Unreadable`."""
    if cursor is None:
        return first
    try:
        keys = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str])
    except (msgspec.DecodeError, ValueError) as error:
        raise Unreadable(where="after", why="not a cursor of ours") from error
    if len(keys) != len(first):
        raise Unreadable(where="after", why="a cursor of another list")
    return keys
