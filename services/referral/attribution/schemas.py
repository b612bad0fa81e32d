"""What the routes of inviters give: counts and sums, never who the friends are."""

from pydantic import BaseModel, Field


class InviterOut(BaseModel):
    """What an inviter's friends came to."""

    invitees: int = Field(description="friends who joined")
    waiting: int = Field(description="friends who accepted and may still join")
    coupons: int
    accrued_fen: int
    matured_fen: int
    reversed_fen: int
