"""The comparisons: each takes what was sent and what stands, and lists where they differ."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import Any

from tests.checker.rewards import RULE, Friend, Rebate, friends_of, rebates_of, room_of
from tests.checker.sent import Sent
from tests.checker.standing import Standing

TRANSACTION_MS = 100
REBATE_COLUMNS = ("inviter_id", "invitee_id", "amount_fen", "reversed_fen", "matures_at")

Check = Callable[[Sent, Standing], list[str]]


def tickets_stand_once(sent: Sent, standing: Standing) -> list[str]:
    """Every acknowledged ticket stands, with its total, and nothing else does."""
    return _differences(sent.tickets, standing.tickets, "ticket")


def nothing_was_refused(sent: Sent, _standing: Standing) -> list[str]:
    """The replay sends nothing that a till may not send."""
    return [f"refused: {answer}" for answer in sent.refused]


def sales_add_up(sent: Sent, standing: Standing) -> list[str]:
    """Takings and number of tickets, shop by shop and day by day."""
    expected = {day: (sent.days[day], sent.counts[day]) for day in sent.counts}
    return _differences(expected, standing.days, "shop and day")


def doors_say_the_same(_sent: Sent, standing: Standing) -> list[str]:
    """What the public doors answer is what the tables say: sales, some members' points, what some inviters earned."""
    if not standing.api_days:
        return []
    members = {member: both for member, both in standing.points.items() if member in standing.api_points}
    inviters = {one: sums for one, sums in standing.inviters().items() if one in standing.api_inviters}
    rule = {name: standing.api_rule.get(name) for name in RULE}
    return [
        *_differences(standing.days, standing.api_days, "sales by the door, shop and day"),
        *_differences(members, standing.api_points, "points by the door, member"),
        *_differences(inviters, standing.api_inviters, "rewards by the door, inviter"),
        *_differences(RULE, rule, "reward rule by the door,"),
    ]


def tickets_are_their_members(sent: Sent, standing: Standing) -> list[str]:
    """Whose each ticket is, also where it was stored before she was known."""
    both = sent.ticket_members.keys() & standing.ticket_members.keys()
    expected = {ticket_id: sent.ticket_members[ticket_id] for ticket_id in both}
    return _differences(expected, {ticket_id: standing.ticket_members[ticket_id] for ticket_id in both}, "member of")


def points_are_right(sent: Sent, standing: Standing) -> list[str]:
    """Points and growth of every member, balance and ledger alike."""
    expected = _that_are_any({member: (points, sent.growth[member]) for member, points in sent.points.items()})
    found, summed = _that_are_any(standing.points), _that_are_any(standing.point_sums)
    return _differences(expected, found, "balance of member") + _differences(expected, summed, "entries of member")


def lots_are_the_balance(sent: Sent, standing: Standing) -> list[str]:
    """A member's lots are her balance or, in debt, nothing; none is over, none holds more than was earned for it."""
    lying: Counter[str] = Counter()
    found, today = [], sent.clock.astimezone(UTC).date()
    for (member, expires_on), points in standing.lots.items():
        lying[member] += points
        if expires_on <= today:
            found.append(f"lot of member {member}: {points} points that were over on {expires_on} may still be spent")
        if not 0 < points <= sent.earned[member, expires_on]:
            earned = sent.earned[member, expires_on]
            found.append(f"lot of member {member} until {expires_on}: {points} points, {earned} were earned for it")
    balances = {member: max(points, 0) for member, (points, _) in standing.points.items() if points > 0}
    return found + _differences(balances, lying, "lots of member")


def stock_is_right(sent: Sent, standing: Standing) -> list[str]:
    """What is on hand in every shop of every SKU."""
    expected = {shelf: milli for shelf, milli in sent.stock.items() if milli}
    found = {shelf: milli for shelf, milli in standing.stock.items() if milli}
    return _differences(expected, found, "shelf")


def joiners_have_one_coupon(sent: Sent, standing: Standing) -> list[str]:
    """As many join coupons as there are people who ever joined, and none has two."""
    coupons = [one for one in standing.coupons.values() if one["purpose"] == "join" and one["state"] != "withdrawn"]
    people = {one["person_id"] for one in coupons}
    found = []
    if len(coupons) != len(standing.joiners):
        found.append(f"{len(standing.joiners)} people joined, {len(coupons)} join coupons were issued")
    if len(people) != len(coupons):
        found.append(f"{len(coupons) - len(people)} people have two join coupons")
    if not sent.scanned <= standing.joiners:
        found.append(f"{len(sent.scanned - standing.joiners)} people scanned and are in no group")
    return found


def coupons_are_redeemed_once(sent: Sent, standing: Standing) -> list[str]:
    """Every use that a ticket states is the coupon's one redemption or a listed overrun, with the fen it took."""
    found = []
    for coupon_id, uses in sent.uses.items():
        coupon = standing.coupons.get(coupon_id)
        booked = [use for use in uses if standing.overruns.get((coupon_id, use[0])) == use[1]]
        redeemed = [use for use in uses if coupon and (coupon["ticket_id"], coupon["taken_fen"]) == use]
        given_back = [use for use in uses if coupon and coupon["ticket_id"] is None and use[0] in sent.gone_back]
        if len(booked) + len(redeemed or set(given_back) - set(booked)) != len(uses):
            found.append(f"coupon {coupon_id}: tickets used it {uses}, it stands {coupon}, overruns {booked}")
    used = {coupon_id for coupon_id, uses in sent.uses.items() if uses}
    ghosts = [one for one, coupon in standing.coupons.items() if coupon["ticket_id"] and one not in used]
    found += [f"coupon {one}: redeemed, though no ticket used it" for one in ghosts]
    stated = {(coupon_id, ticket_id): fen for coupon_id, uses in sent.uses.items() for ticket_id, fen in uses}
    untrue = [one for one, fen in standing.overruns.items() if stated.get(one) != fen]
    return found + [f"overrun {one}: no ticket gave it" for one in untrue]


def memberships_are_true(_sent: Sent, standing: Standing) -> list[str]:
    """Who is in which group is what WeCom says."""
    missing, extra = standing.truth - standing.memberships, standing.memberships - standing.truth
    return [f"membership missing: {one}" for one in sorted(missing)] + [
        f"membership that is none: {one}" for one in sorted(extra)
    ]


def splits_add_up(sent: Sent, standing: Standing) -> list[str]:
    """Each sale and return is split once, its entries sum to zero, its shares to its total; balances are entries."""
    found = []
    for (ticket_id, kind), (total, entries, shares) in standing.splits.items():
        if entries != 0 or shares != total:
            found.append(f"posting of {ticket_id} ({kind}): entries sum to {entries}, shares to {shares} of {total}")
    posted = {key: total for key, (total, _, _) in standing.splits.items()}
    found += _differences(sent.postings, posted, "posting of")
    found += [
        f"account {name}: {kept}, its entries {posted}"
        for name, (kept, posted) in standing.accounts.items()
        if kept != posted
    ]
    if sum(kept for kept, _ in standing.accounts.values()) != 0:
        found.append("the accounts do not sum to zero")
    return found


def rewards_are_right(sent: Sent, standing: Standing) -> list[str]:
    """Whose friend each friend is, the coupon she brought, and each purchase's rebate: accrued, matured, reversed."""
    friends = friends_of(sent, standing.people)
    whose = {friend.member_id: friend.inviter_id for friend in friends}
    cash = [one for one in standing.rewards if one["kind"] == "cash"]
    return [
        *_differences(whose, standing.attributions, "inviter of"),
        *_coupon_rewards(friends, standing),
        *_rebates(rebates_of(sent, friends), cash),
        *(f"rebate {one['reward_id']}: {wrong}" for one in cash for wrong in _stage(one, sent, standing)),
    ]


def _coupon_rewards(friends: list[Friend], standing: Standing) -> list[str]:
    rewards = [one for one in standing.rewards if one["kind"] == "coupon"]
    expected = Counter((friend.inviter_id, friend.member_id, RULE["coupon_fen"]) for friend in friends)
    found = Counter((one["inviter_id"], one["invitee_id"], one["amount_fen"]) for one in rewards)
    fulfilled = Counter(one["inviter_id"] for one in rewards if one["state"] == "fulfilled")
    return [
        *_differences(expected, found, "coupon rewards of inviter, friend and fen"),
        *_differences(_room(friends), fulfilled, "fulfilled coupon rewards of inviter"),
    ]


def _room(friends: list[Friend]) -> Counter[str]:
    room: Counter[str] = Counter()
    for inviter_id, coupons in room_of(friends):
        room[inviter_id] += coupons
    return room


def _rebates(rebates: Mapping[str, Rebate], cash: list[dict[str, Any]]) -> list[str]:
    """Each ticket's rebate, once; one of a deeper level than the rule's is too many."""
    expected = Counter((ticket_id, 1, rebate) for ticket_id, rebate in rebates.items())
    found = Counter((one["ticket_id"], one["level"], Rebate(*(one[name] for name in REBATE_COLUMNS))) for one in cash)
    return _differences(expected, found, "rebates of ticket and level")


def _stage(one: dict[str, Any], sent: Sent, standing: Standing) -> Iterator[str]:
    """What was not taken back is promised until the return window is over, and matures with the next sweep."""
    left, due_at = one["amount_fen"] - one["reversed_fen"], one["matures_at"]
    stages = {"accrued": (left, 0), "matured": (0, left)} if left else {"reversed": (0, 0)}
    if (one["accrued_fen"], one["matured_fen"]) != stages.get(one["state"]):
        yield f"{one['state']}, with {left} fen left {one['accrued_fen']} accrued and {one['matured_fen']} matured"
    if one["state"] == "matured" and due_at > sent.clock:
        yield f"matured before {due_at}"
    if one["state"] != "accrued" or standing.swept_at is None or _milliseconds(standing.swept) < _seen_from(one):
        return  # who became known after the last sweep brings rebates that are due at once, for the next
    if due_at <= standing.swept_at:
        yield f"due on {due_at}, and not matured by the sweep of {standing.swept_at}"


def _seen_from(one: dict[str, Any]) -> int:
    """From when a sweep surely saw a rebate: its transaction had ended by then."""
    return _milliseconds(one["posted"]) + TRANSACTION_MS if one["posted"] else 0


def _milliseconds(posting_id: str) -> int:
    """The time in a UUID of version 7 (RFC 9562 §5.7); the replay's clock may stand still meanwhile."""
    return int(posting_id.replace("-", "")[:12], 16)


def reward_coupons_are_issued(sent: Sent, standing: Standing) -> list[str]:
    """Each friend who joined brought her inviter one coupon of the rule's worth, and no other reward coupon is out."""
    coupons = [one for one in standing.coupons.values() if one["purpose"] == "reward" and one["state"] != "withdrawn"]
    expected = {(one, RULE["coupon_fen"]): number for one, number in _room(friends_of(sent, standing.people)).items()}
    found = Counter((one["person_id"], one["amount_fen"]) for one in coupons)
    issued = {one["coupon_id"]: one["reward_id"] for one in coupons}
    booked = {one["coupon_id"]: one["reward_id"] for one in standing.rewards if one["state"] == "fulfilled"}
    return _differences(expected, found, "reward coupons of person and fen") + _differences(
        booked, issued, "reward of coupon"
    )


def rewards_balance(_sent: Sent, standing: Standing) -> list[str]:
    """Every posting of the rewards' ledger sums to zero, and every rebate's accounts are the sums of its entries."""
    kept = {
        one["reward_id"]: (one["accrued_fen"], one["matured_fen"], one["reversed_fen"])
        for one in standing.rewards
        if one["kind"] == "cash"
    }
    found = _differences(standing.reward_accounts, kept, "accounts of rebate, by entries and as kept,")
    if standing.rewards_sum:
        found.append(f"postings of the rewards' ledger are {standing.rewards_sum} fen away from zero")
    return found


def nothing_is_dead(_sent: Sent, standing: Standing) -> list[str]:
    """No listener put anything aside."""
    return [f"{count} dead letters in {service}" for service, count in standing.dead.items() if count]


CHECKS: tuple[Check, ...] = (
    tickets_stand_once,
    nothing_was_refused,
    sales_add_up,
    doors_say_the_same,
    tickets_are_their_members,
    points_are_right,
    lots_are_the_balance,
    stock_is_right,
    joiners_have_one_coupon,
    coupons_are_redeemed_once,
    memberships_are_true,
    splits_add_up,
    rewards_are_right,
    reward_coupons_are_issued,
    rewards_balance,
    nothing_is_dead,
)


def _that_are_any(sums: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {member: both for member, both in sums.items() if any(both)}


def _differences(expected: Mapping[Any, object], found: Mapping[Any, object], what: str) -> list[str]:
    differing = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    return [f"{what} {key}: expected {expected.get(key)}, found {found.get(key)}" for key in sorted(differing, key=str)]
