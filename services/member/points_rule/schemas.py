"""What the routes of the rule take and give."""

from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from services.member.points_rule.rules import PointsRule, RuleVersion
from services.member.tier.rules import Tier
from shared.texts import PLAIN

BasisPoints = Annotated[int, Field(ge=0, le=1_000_000, examples=[10_000])]


class TierBody(BaseModel):
    """One tier."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=32, pattern=PLAIN, examples=["金卡"])
    growth: int = Field(ge=0, le=10**12, description="from how much growth on", examples=[2_000])
    earn_bp: BasisPoints = Field(10_000, description="basis points of the ordinary points that its members earn")


class RuleBody(BaseModel):
    """A brand's rule of points."""

    model_config = ConfigDict(extra="forbid", strict=True)

    earn_bp: BasisPoints = Field(10_000, description="basis points of a point for each yuan paid")
    growth_bp: BasisPoints = Field(10_000, description="basis points of growth for each yuan paid")
    lifetime_days: int = Field(365, ge=1, le=3650, description="points live so long, and to the end of that month")
    hold_s: int = Field(600, ge=10, le=86_400, description="a hold at the till ends by itself after so long")
    tiers: list[TierBody] = Field(
        min_length=1, max_length=20, examples=[[{"name": "银卡", "growth": 0}, {"name": "金卡", "growth": 2_000}]]
    )

    def rule(self) -> PointsRule:
        """As the rules know it."""
        return PointsRule(
            earn_bp=self.earn_bp,
            growth_bp=self.growth_bp,
            lifetime_days=self.lifetime_days,
            hold_s=self.hold_s,
            tiers=tuple(Tier(name=tier.name, growth=tier.growth, earn_bp=tier.earn_bp) for tier in self.tiers),
        )


class RuleOut(BaseModel):
    """The rule that holds."""

    version: int = Field(description="0: the rule of a brand that has saved none")
    rule: RuleBody


def rule_out(holding: RuleVersion) -> RuleOut:
    """The rule for the wire."""
    return RuleOut(version=holding.version, rule=RuleBody.model_validate_json(msgspec.json.encode(holding.rule)))
