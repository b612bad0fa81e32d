"""The weather between WeCom and us: how often callbacks go astray and how far the group detail lags behind."""

from pydantic import BaseModel, ConfigDict, Field

from deploy.emulator.chance import WHOLE_BP


class Weather(BaseModel):
    """Rates in basis points. A disordered callback waits until 1 to `window` later ones have gone out, or 2 seconds."""

    model_config = ConfigDict(validate_assignment=True)

    lost_bp: int = Field(0, ge=0, le=WHOLE_BP)
    repeated_bp: int = Field(0, ge=0, le=WHOLE_BP)
    disordered_bp: int = Field(0, ge=0, le=WHOLE_BP)
    window: int = Field(20, ge=1, le=1000)
    lagging_bp: int = Field(0, ge=0, le=WHOLE_BP)

    def become(self, other: "Weather") -> None:
        """Change, for everyone under it."""
        for name in type(self).model_fields:
            setattr(self, name, getattr(other, name))
