"""The comparisons: each takes what was sent and what stands, and lists where they differ."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.checker.sent import Sent
from tests.checker.standing import Standing

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
    """What the public doors answer is what the tables say: sales of every shop, points of some members."""
    if not standing.api_days:
        return []
    asked = {member: both for member, both in standing.points.items() if member in standing.api_points}
    return _differences(standing.days, standing.api_days, "sales by the door, shop and day") + _differences(
        asked, standing.api_points, "points by the door, member"
    )


def points_are_right(sent: Sent, standing: Standing) -> list[str]:
    """Points and growth of every member, balance and ledger alike."""
    expected = _that_are_any({member: (points, sent.growth[member]) for member, points in sent.points.items()})
    found, summed = _that_are_any(standing.points), _that_are_any(standing.point_sums)
    return _differences(expected, found, "balance of member") + _differences(expected, summed, "entries of member")


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
    """Each ticket is split once, its entries sum to zero and its shares to its total; balances are their entries."""
    found = []
    for (ticket_id, kind), (total, entries, shares) in standing.splits.items():
        if entries != 0 or shares != total:
            found.append(f"posting of {ticket_id} ({kind}): entries sum to {entries}, shares to {shares} of {total}")
        if sent.tickets.get(ticket_id) != total:
            found.append(f"posting of {ticket_id} ({kind}): {total} fen, the ticket says {sent.tickets.get(ticket_id)}")
    missing, extra = sent.postings - standing.splits.keys(), standing.splits.keys() - sent.postings
    found += [f"no posting of {ticket_id} ({kind})" for ticket_id, kind in sorted(missing)]
    found += [f"posting of {ticket_id} ({kind}) that nothing sent asks for" for ticket_id, kind in sorted(extra)]
    found += [
        f"account {name}: {kept}, its entries {posted}"
        for name, (kept, posted) in standing.accounts.items()
        if kept != posted
    ]
    if sum(kept for kept, _ in standing.accounts.values()) != 0:
        found.append("the accounts do not sum to zero")
    return found


def rewards_balance(_sent: Sent, standing: Standing) -> list[str]:
    """Every posting of the rewards' ledger sums to zero."""
    return (
        [f"postings of the rewards' ledger are {standing.rewards_sum} fen away from zero"]
        if standing.rewards_sum
        else []
    )


def nothing_is_dead(_sent: Sent, standing: Standing) -> list[str]:
    """No listener put anything aside."""
    return [f"{count} dead letters in {service}" for service, count in standing.dead.items() if count]


CHECKS: tuple[Check, ...] = (
    tickets_stand_once,
    nothing_was_refused,
    sales_add_up,
    doors_say_the_same,
    points_are_right,
    stock_is_right,
    joiners_have_one_coupon,
    coupons_are_redeemed_once,
    memberships_are_true,
    splits_add_up,
    rewards_balance,
    nothing_is_dead,
)


def _that_are_any(sums: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {member: both for member, both in sums.items() if any(both)}


def _differences(expected: Mapping[Any, object], found: Mapping[Any, object], what: str) -> list[str]:
    differing = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    return [f"{what} {key}: expected {expected.get(key)}, found {found.get(key)}" for key in sorted(differing, key=str)]
