"""What the routes of brands take and give, and how a code and a name look throughout directory."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.texts import PLAIN

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$", examples=["HZ001"])]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN, examples=["湖滨店"])]


class In(BaseModel):
    """A body: nothing in it that we do not know."""

    model_config = ConfigDict(extra="forbid")


class BrandOut(BaseModel):
    """The caller's brand."""

    brand_id: UUID
    code: str
    name: str


class MiniProgramIn(In):
    """The brand's mini-program, as WeChat knows it; the secret is never shown again."""

    app_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$", examples=["wx0123456789abcdef"])]
    app_secret: Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]


class MiniProgramOut(BaseModel):
    """The brand's mini-program."""

    app_id: str
