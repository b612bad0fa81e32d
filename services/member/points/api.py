"""The ledger over HTTP: what a member has, how it came about, and whether it all adds up."""

from typing import Annotated
from uuid import UUID

from fastapi import Header

from services.member.identity import actions as identity
from services.member.points import queries
from services.member.points.rules import WORDS, Account, EntryKind
from services.member.points.schemas import AccountOut, EntryOut, ExplainOut, PointsOut, ReconciliationOut
from services.member.points_rule import queries as points_rule
from services.member.tier.rules import tier_of
from shared.auth.caller import ALL_STAFF, OPERATOR, SERVICE, SHOPPER, TILL, Kind
from shared.db import Row, Tx
from shared.errors import NotFound
from shared.http import Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of
from shared.money import BASIS_POINTS
from shared.words import Language, preferred

doors = Doors("/member/v1", "points")

_LAST_ID = UUID(int=2**128 - 1)

AcceptLanguage = Annotated[str | None, Header(max_length=200)]


@doors.read("/members/{member_id}/points", who=TILL | ALL_STAFF | SHOPPER | SERVICE)
async def read_points(member_id: UUID, tx: Reading, who: Who) -> PointsOut:
    """What a member has, owes and has reached."""
    standing_id = await identity.standing_member(tx, who, member_id)
    row = await queries.balance(tx, who.brand_id, standing_id)
    account = Account(standing_id, who.brand_id)
    if row is not None:
        account = Account(standing_id, who.brand_id, row["points"], row["held"], row["growth"])
    holding = (await points_rule.current(tx, [who.brand_id]))[who.brand_id]
    return PointsOut(
        points=max(account.points, 0),
        held=account.held,
        available=account.available,
        owed=account.owed,
        growth=account.growth,
        tier=tier_of(account.growth, holding.rule.tiers).name,
        next_expiry_on=row["next_on"] if row else None,
        next_expiry_points=(row["next_points"] or 0) if row else 0,
    )


@doors.read("/members/{member_id}/points/entries", who=ALL_STAFF | SHOPPER | SERVICE)
async def list_entries(
    member_id: UUID, tx: Reading, who: Who, after: After = None, most: PageSize = 50
) -> Page[EntryOut]:
    """A member's entries, the newest first."""
    standing_id = await identity.standing_member(tx, who, member_id)
    (last_id,) = keys_of(after, (_LAST_ID,))
    items = [EntryOut(**row) for row in await queries.page(tx, who.brand_id, standing_id, last_id, most)]
    return Page(items=items, next=cursor_of(items[-1].entry_id) if len(items) == most else None)


@doors.read("/explain/{entry_id}", who=ALL_STAFF | OPERATOR | SHOPPER | SERVICE)
async def explain(entry_id: UUID, tx: Reading, who: Who, accept_language: AcceptLanguage = None) -> ExplainOut:
    """Why points moved: the event that caused it, and the arithmetic."""
    row = await queries.entry(tx, who.brand_id, entry_id)
    if row is None:
        raise NotFound(what="entry")
    if who.kind is Kind.SHOPPER:
        await identity.standing_member(tx, who, row["member_id"])
    arithmetic = await _arithmetic(tx, who.brand_id, row, preferred(accept_language))
    return ExplainOut(entry=EntryOut(**row), cause=row["event_id"], arithmetic=arithmetic)


@doors.read("/points/reconciliation", who=OPERATOR)
async def reconcile(tx: Reading, who: Who) -> ReconciliationOut:
    """Whether entries, balances, lots, holds and the brand's accounts agree."""
    row = await queries.reconcile(tx, who.brand_id)
    accounts = [
        AccountOut(account=one["against"], points=one["points"])
        for one in await queries.accounts_of_brand(tx, who.brand_id)
    ]
    return ReconciliationOut(
        **row,
        accounts=accounts,
        difference=row["balance"] - row["entries"],
        sum_of_all_accounts=row["balance"] + sum(account.points for account in accounts),
    )


async def _arithmetic(tx: Tx, brand_id: UUID, row: Row, language: Language) -> str:
    rule = await points_rule.version(tx, brand_id, row["rule_version"])
    multiplier_bp = next((tier.earn_bp for tier in rule.tiers if tier.name == row["tier"]), BASIS_POINTS)
    return WORDS[EntryKind(row["kind"])].say(
        language,
        amount=_hundredths(row["amount_fen"]),
        before=_hundredths(row["before_fen"]),
        after=_hundredths(row["after_fen"]),
        rate=_hundredths(rule.earn_bp * 100 // BASIS_POINTS),
        multiplier=_hundredths(multiplier_bp * 100 // BASIS_POINTS),
        tier=row["tier"],
        points=row["points"],
        expires_on=row["expires_on"],
    )


def _hundredths(number: int) -> str:
    """Hundredths as a decimal: fen as yuan."""
    return f"{'-' if number < 0 else ''}{abs(number) // 100}.{abs(number) % 100:02d}"
