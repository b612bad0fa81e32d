"""Taking in tickets: many at once, one after the other on accounts that are read, locked and written as a set."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from msgspec.structs import replace

from services.member.earning import rules
from services.member.earning.rules import Back, Effect
from services.member.hold import queries as holds
from services.member.hold.rules import Hold, spend
from services.member.points import queries as points
from services.member.points.queries import Posted
from services.member.points.rules import Account, EntryKind, Movement, Remark, post
from services.member.points_rule import queries as points_rule
from services.member.points_rule.rules import RuleVersion
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import SpentPoints, TicketAttributed, TicketPaid, TicketReturned

Ticket = TicketPaid | TicketReturned | TicketAttributed


@dataclass
class Around:
    """What is known around a batch of tickets, taken forward ticket by ticket."""

    holding: Mapping[UUID, RuleVersion]  # by brand
    holds: Mapping[UUID, Hold]
    effects: dict[UUID, list[Effect]]  # by the sale's id
    accounts: dict[UUID, Account] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    spent: list[Hold] = field(default_factory=list)

    def post(self, movement: Movement, event_id: UUID) -> None:
        """Make a movement; nothing is written of one that moves nothing."""
        if not movement.points and not movement.growth:
            return
        owed = post(self.accounts[movement.member_id], movement)
        self.posted.append(Posted(replace(movement, event_id=event_id), owed))


async def take_tickets(tx: Tx, heard: Sequence[Heard[Ticket]]) -> None:
    """Give members what their tickets bring, take what they spend, and back what went back."""
    concerning = [item for item in heard if _concerns_members(item.fact)]
    if not concerning:
        return
    facts = [item.fact for item in concerning]
    hold_ids = {spent.hold_id for fact in facts for spent in _spent(fact) if spent.hold_id}
    known = await holds.read(tx, hold_ids) if hold_ids else {}
    effects = await _effects(tx, facts)
    brands, takers = _members(facts, known, effects)
    accounts = await points.open_accounts(tx, brands, takers)
    around = Around(
        holding=await points_rule.current(tx, sorted({fact.brand_id for fact in facts})),
        holds=await holds.read(tx, hold_ids) if hold_ids else {},  # anew: until now one might have ended
        effects=effects,
        accounts=accounts,
    )
    for item in concerning:
        _take(around, item)
    await points.save(tx, accounts.values(), around.posted)
    if around.spent:
        await holds.save(tx, around.spent)


def _concerns_members(fact: Ticket) -> bool:
    """Whether anybody's points may move: somebody is known by the ticket, its hold or its original."""
    if isinstance(fact, TicketReturned):
        return fact.member_id is not None or fact.original_id is not None
    return fact.member_id is not None or any(spent.hold_id for spent in fact.points)


def _spent(fact: Ticket) -> Sequence[SpentPoints]:
    return () if isinstance(fact, TicketReturned) else fact.points


async def _effects(tx: Tx, facts: Sequence[Ticket]) -> dict[UUID, list[Effect]]:
    """What the originals of returns had brought; no other batch can add to it, for a ticket's facts come in order."""
    original_ids = {fact.original_id for fact in facts if isinstance(fact, TicketReturned) and fact.original_id}
    found: dict[UUID, list[Effect]] = defaultdict(list)
    for row in await points.effects(tx, sorted(original_ids)) if original_ids else []:
        effect = Effect(row["brand_id"], row["member_id"], EntryKind(row["kind"]), row["points"], row["growth"])
        found[row["original_id"]].append(effect)
    return found


def _members(
    facts: Sequence[Ticket], known: Mapping[UUID, Hold], effects: Mapping[UUID, Sequence[Effect]]
) -> tuple[dict[UUID, UUID], set[UUID]]:
    """Everybody concerned, with their brands; and those from whom something may be taken."""
    brands: dict[UUID, UUID] = {}
    takers = set()
    returned = {_origin(fact) for fact in facts if isinstance(fact, TicketReturned)}
    for fact in facts:
        payers = {hold.member_id for spent in _spent(fact) if (hold := _hold_of(fact, spent, known))}
        back = {effect.member_id for effect in effects.get(_origin(fact), ())}
        own = {fact.member_id} if fact.member_id else set()
        brands |= dict.fromkeys(own | payers | back, fact.brand_id)
        if not isinstance(fact, TicketPaid) or fact.points or fact.total_fen < 0 or fact.ticket_id in returned:
            takers |= own | payers | back
    return brands, takers


def _origin(fact: Ticket) -> UUID:
    """The sale that a fact is about."""
    return fact.original_id or fact.ticket_id if isinstance(fact, TicketReturned) else fact.ticket_id


def _hold_of(fact: Ticket, spent: SpentPoints, known: Mapping[UUID, Hold]) -> Hold | None:
    hold = known.get(spent.hold_id) if spent.hold_id else None
    return hold if hold is not None and hold.brand_id == fact.brand_id else None


def _take(around: Around, item: Heard[Ticket]) -> None:
    fact = item.fact
    holding = around.holding[fact.brand_id]
    if isinstance(fact, TicketReturned):
        for movement in _going_back(around, fact, holding):
            around.post(movement, item.event_id)
        return
    for spent in fact.points:
        _spend(around, item.event_id, fact, spent)
    if fact.member_id is not None:
        movement = rules.earning(fact, around.accounts[fact.member_id], holding)
        around.post(movement, item.event_id)
        _remember(around, movement)
    if isinstance(fact, TicketAttributed) and fact.returned_fen:
        back = Back(max(fact.total_fen, 0), 0, fact.returned_fen)
        for movement in rules.going_back(fact, around.effects[fact.ticket_id], back, holding):
            around.post(movement, item.event_id)


def _going_back(around: Around, fact: TicketReturned, holding: RuleVersion) -> Iterator[Movement]:
    if fact.original_id is not None:
        back = Back(fact.whole_fen, fact.before_fen, fact.after_fen)
        yield from rules.going_back(fact, around.effects.get(fact.original_id, ()), back, holding)
    elif fact.member_id is not None:
        yield rules.going_back_alone(fact, around.accounts[fact.member_id], holding)


def _spend(around: Around, event_id: UUID, fact: TicketPaid | TicketAttributed, spent: SpentPoints) -> None:
    """Who holds points pays, whoever the ticket names; without a hold the ticket's member does."""
    hold = _hold_of(fact, spent, around.holds)
    if hold is not None and isinstance(fact, TicketAttributed) and hold.ticket_id == fact.ticket_id:
        return  # posted already when the ticket was paid, before anybody knew whose it was
    payer_id = hold.member_id if hold else fact.member_id
    if payer_id is None:
        return  # nobody yet: the points are spent when the ticket is attributed
    account = around.accounts[payer_id]
    if hold is not None:
        remark = spend(hold, account, fact.ticket_id)
        around.spent.append(hold)
    else:
        remark = Remark.HOLD_UNKNOWN if spent.hold_id else Remark.NO_HOLD
    movement = rules.spending(fact, spent, account, around.holding[fact.brand_id], remark)
    around.post(movement, event_id)
    _remember(around, movement)


def _remember(around: Around, movement: Movement) -> None:
    """A return in the same batch finds what the sale brought."""
    assert movement.original_id is not None
    effect = Effect(movement.brand_id, movement.member_id, movement.kind, movement.points, movement.growth)
    around.effects.setdefault(movement.original_id, []).append(effect)
