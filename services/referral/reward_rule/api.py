"""The reward rule over HTTP: head office saves it, staff read it."""

from services.referral.reward_rule import actions, queries
from services.referral.reward_rule.schemas import RuleBody, RuleOut, rule_out
from shared.auth.caller import ALL_STAFF, HEAD_OFFICE
from shared.http import Answering, Doors, Reading, Who

doors = Doors("/referral/v1", "reward_rule")


@doors.act("/reward-rule", who=HEAD_OFFICE, natural_key="the rule itself", method="PUT")
async def save_rule(body: RuleBody, tx: Answering, who: Who) -> RuleOut:
    """From now on this rule holds."""
    return rule_out(await actions.save_rule(tx, who.brand_id, body.rule()))


@doors.read("/reward-rule", who=ALL_STAFF)
async def read_rule(tx: Reading, who: Who) -> RuleOut:
    """The rule that holds now."""
    return rule_out((await queries.current(tx, [who.brand_id]))[who.brand_id])
