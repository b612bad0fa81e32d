"""Split rules over HTTP: head office saves them, everyone they concern may read them."""

from msgspec.structs import asdict

from services.settlement.split import actions, queries
from services.settlement.split.rules import Rule
from services.settlement.split.schemas import Code, RuleIn, RuleOut
from shared.auth.caller import HEAD_OFFICE, MANAGERS, PARTNER
from shared.http import Answering, Doors, Reading, Who

doors = Doors("/settlement/v1", "split")


@doors.act("/split-rules/{code}", who=HEAD_OFFICE, natural_key="code and content", method="PUT")
async def save_rule(code: Code, body: RuleIn, tx: Answering, who: Who) -> RuleOut:
    """Save a rule as a new version; what was sold before it holds stays as it was split."""
    content = body.model_dump() | {"from_at": body.from_at or tx.at}
    rule = await actions.save_rule(tx, who.brand_id, Rule(rule_code=code, version=0, saved_at=tx.at, **content))
    return RuleOut(**asdict(rule))


@doors.read("/split-rules", who=MANAGERS | PARTNER)
async def list_rules(tx: Reading, who: Who) -> list[RuleOut]:
    """Every version of every rule."""
    rules = await queries.of_brands(tx, [who.brand_id])
    return [RuleOut(**asdict(rule)) for rule in rules.get(who.brand_id, [])]
