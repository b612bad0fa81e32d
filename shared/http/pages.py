"""Pages by cursor: "what comes after this row", so that a page costs the same however deep it lies."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from fastapi import Query
from pydantic import BaseModel, Field

from shared.errors import Unreadable

Item = TypeVar("Item")
Keys = TypeVar("Keys", bound=tuple[object, ...])

MOST_ON_PAGE = 200
FIRST_ID = UUID(int=0)

PageSize = Annotated[int, Query(ge=1, le=MOST_ON_PAGE, description="how many rows at most")]
After = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """Some rows; `next` leads on, and is none on the last page."""

    items: list[Item]
    next: str | None = Field(None, description="send it as `after` for the page that follows")


def cursor_of(*keys: object) -> str:
    """A cursor that stands after a row with these keys: texts, whole numbers, ids, days or bytes."""
    return urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def keys_of(cursor: str | None, first: Keys) -> Keys:
    """The keys that a cursor stands after, of the types of `first`; `first` itself where there is none.

    Raises `Unreadable`.
    """
    if cursor is None:
        return first
    kinds: Any = tuple.__class_getitem__(tuple(type(key) for key in first))  # known only when it runs
    try:
        keys: Keys = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kinds)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unreadable(where="after", why="not a cursor of this list") from error
    if not all(_is_storable(key) for key in keys):
        raise Unreadable(where="after", why="not a cursor of this list")
    return keys


def _is_storable(key: object) -> bool:
    """Whether PostgreSQL can compare with it."""
    if isinstance(key, str):
        return "\x00" not in key
    return not isinstance(key, int) or -(2**63) <= key < 2**63
