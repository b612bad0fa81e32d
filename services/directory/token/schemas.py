"""What the route of tokens takes and gives."""

from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, Field, model_validator

from services.directory.brand.schemas import Code, In

Secret = Annotated[str, Field(min_length=1, max_length=200)]


class SecretGrant(In):
    """A till (`device`) or a partner's accounting (`client`) by its credential."""

    grant: Literal["device", "client"]
    credential_id: UUID
    secret: Secret


class PasswordGrant(In):
    """A member of staff by password."""

    grant: Literal["password"]
    brand: Code
    staff: Code
    password: Secret


class MiniProgramGrant(In):
    """A shopper by the code of `wx.login`, in the mini-program of a brand or with an app id."""

    grant: Literal["mini_program"]
    brand: Code | None = None
    app_id: Code | None = None
    js_code: Secret

    @model_validator(mode="after")
    def _is_of_one(self) -> Self:
        if (self.brand is None) == (self.app_id is None):
            raise ValueError("say either the brand or the app_id")
        return self


Grant = Annotated[SecretGrant | PasswordGrant | MiniProgramGrant, Body(discriminator="grant")]


class TokenOut(BaseModel):
    """A token, as OAuth 2.0 (RFC 6749 §5.1) gives it."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, no secret
    expires_in: int = Field(description="seconds", examples=[900])
