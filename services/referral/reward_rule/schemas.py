"""What the routes of the reward rule take and give."""

from pydantic import BaseModel, ConfigDict, Field

from services.referral.reward_rule.rules import RewardRule, RuleVersion


class RuleBody(BaseModel):
    """A brand's reward rule; what is left out is as it is by default."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"coupon_fen": 300, "rebate_bp": 200, "window_days": 30, "depth": 1}},
    )

    landing_path: str = Field(
        "pages/invitation/index",
        min_length=1,
        max_length=200,
        pattern=r"^[A-Za-z0-9_\-/.]+$",
        description="the mini-program's page that an invitation's link opens",
    )
    window_days: int = Field(30, ge=1, le=365, description="a friend who accepted joins within so many days")
    coupon_fen: int = Field(300, ge=0, le=100_000, description="worth of the coupon for a friend who joined")
    most_coupons_a_month: int = Field(20, ge=0, le=1_000, description="coupons an inviter gets in a month")
    buying_days: int = Field(90, ge=0, le=3_650, description="what a friend buys so long after joining counts")
    rebate_bp: int = Field(200, ge=0, le=5_000, description="basis points of what a friend paid, to her inviter")
    second_rebate_bp: int = Field(100, ge=0, le=5_000, description="and to her inviter's inviter, where depth is 2")
    most_rebate_fen: int = Field(5_000, ge=0, le=10_000_000, description="rebate for one ticket at most")
    return_days: int = Field(7, ge=0, le=365, description="a rebate matures so many days after the sale")
    depth: int = Field(1, ge=1, le=1_000, description="levels that earn: 1, or 2 at most")

    def rule(self) -> RewardRule:
        """As the rules know it."""
        return RewardRule(**self.model_dump())


class RuleOut(BaseModel):
    """The rule that holds."""

    version: int = Field(description="0: the rule of a brand that has saved none")
    rule: RuleBody


def rule_out(holding: RuleVersion) -> RuleOut:
    """The rule for the wire."""
    fields = {name: getattr(holding.rule, name) for name in RuleBody.model_fields}
    return RuleOut(version=holding.version, rule=RuleBody(**fields))
