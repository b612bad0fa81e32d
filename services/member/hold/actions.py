"""Points are held for a till, let go, or fall back to the shopper when their time is over."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.member.hold import queries, rules
from services.member.hold.rules import Asked, Hold, HoldState, PointsShort
from services.member.identity import queries as identity
from services.member.points import queries as points
from services.member.points.rules import Account
from services.member.points_rule import queries as points_rule
from shared.db import Tx
from shared.errors import NotFound, Refusal


async def hold_points(tx: Tx, asks: Sequence[Asked]) -> Sequence[Hold | Refusal]:
    """Set points aside for those who ask, first come first served, never more than there is."""
    known = await identity.members(tx, sorted({asked.lookup for asked in asks if asked.lookup}))
    accounts = await points.lock_accounts(tx, {member_id for asked in asks if (member_id := _member(asked, known))})
    holds = await queries.read(tx, {asked.hold_id for asked in asks})
    holding = await points_rule.current(tx, sorted({asked.brand_id for asked in asks}))
    fresh: dict[UUID, Hold] = {}
    answers: list[Hold | Refusal] = []
    for asked in asks:
        before = holds.get(asked.hold_id) or fresh.get(asked.hold_id)
        try:
            if before is None:
                account = _account(asked, _member(asked, known), accounts)
                before = rules.hold(asked, account, tx.at, holding[asked.brand_id].rule.hold_s)
                fresh[asked.hold_id] = before
            answers.append(rules.same_hold(asked, _member(asked, known), before))
        except Refusal as refusal:
            answers.append(refusal)
    if fresh:
        await queries.insert(tx, list(fresh.values()))
        await queries.save_held(tx, {one.member_id: accounts[one.member_id] for one in fresh.values()})
    return answers


async def release_hold(tx: Tx, brand_id: UUID, shop_id: UUID, hold_id: UUID) -> Hold:
    """Let the points go: the shopper pays otherwise. Answers what the hold is now."""
    known = (await queries.read(tx, [hold_id])).get(hold_id)
    if known is None or (known.brand_id, known.shop_id) != (brand_id, shop_id):
        raise NotFound(what="hold")
    (hold,) = await _end(tx, [known], HoldState.RELEASED)
    return hold


async def expire_holds(tx: Tx, most: int) -> int:
    """Let go what no ticket came for; answers how many holds that were."""
    known = await queries.read(tx, await queries.due(tx, most))
    await _end(tx, list(known.values()), HoldState.EXPIRED)
    return len(known)


async def _end(tx: Tx, known: Sequence[Hold], state: HoldState) -> Sequence[Hold]:
    accounts = await points.lock_accounts(tx, {hold.member_id for hold in known})
    holds = (await queries.read(tx, [hold.hold_id for hold in known])).values()  # anew: a ticket may have posted one
    for hold in holds:
        rules.close(hold, accounts[hold.member_id], state)
    await queries.save(tx, holds)
    await queries.save_held(tx, accounts)
    return list(holds)


def _member(asked: Asked, known: Mapping[UUID, UUID]) -> UUID | None:
    return asked.member_id or (known.get(asked.lookup) if asked.lookup else None)


def _account(asked: Asked, member_id: UUID | None, accounts: Mapping[UUID, Account]) -> Account:
    """The account of whom the till named; who has never earned a point has none, and another brand's is not seen."""
    if member_id is None:
        raise NotFound(what="member")
    account = accounts.get(member_id)
    if account is None or account.brand_id != asked.brand_id:
        raise PointsShort(available=0, points=asked.points)
    return account
