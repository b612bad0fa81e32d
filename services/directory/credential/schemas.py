"""What the routes of credentials take and give."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.directory.credential.rules import Kind


class IssuedOut(BaseModel):
    """A new credential; its secret is shown this once and stored nowhere."""

    credential_id: UUID
    secret: str = Field(examples=["pK2x5Hq3mN8vR1tY7wZ0aB4cD6eF9gJ2kL5nP8qS1uV"])


class CredentialOut(BaseModel):
    """A credential in a list."""

    credential_id: UUID
    kind: Kind
    holder_id: UUID
    made_at: datetime
    revoked_at: datetime | None
