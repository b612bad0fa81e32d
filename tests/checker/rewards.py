"""What invitations must have earned, by the programme's rule as head office may read it.

A friend who joins within a month of her yes is her inviter's for good: the inviter gets a coupon, as long as the month
has room. Of what the friend pays for goods in her first ninety days, no fee and no postage, the inviter gets two
of a hundred, at most fifty yuan a ticket; it goes back with the goods, and what is left may be paid out a week after
the sale.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tests.checker.sent import Sent

# The demo saves no rule of its own, so this one holds, as the public door must say.
RULE = {
    "window_days": 30,
    "coupon_fen": 300,
    "most_coupons_a_month": 20,
    "buying_days": 90,
    "rebate_bp": 200,
    "most_rebate_fen": 5_000,
    "return_days": 7,
    "depth": 1,
}


class Friend(NamedTuple):
    """Somebody who accepted an invitation and joined in time."""

    member_id: str
    inviter_id: str
    accepted_at: datetime
    joined_at: datetime


class Rebate(NamedTuple):
    """What an inviter earned by one ticket, how much of it went back, and from when on the rest may be paid out."""

    inviter_id: str
    invitee_id: str
    fen: int
    back_fen: int
    matures_at: datetime


def friends_of(sent: Sent, people: Mapping[str, str]) -> list[Friend]:
    """All friends who joined in time; `people` says who is behind a unionid."""
    within, found = timedelta(days=RULE["window_days"]), []
    for household, accepted in sent.accepted.items():
        joined = sent.joined.get(household)
        if joined is not None and accepted.at <= joined.at < accepted.at + within:
            inviter_id = people.get(accepted.inviter, accepted.inviter)
            found.append(Friend(joined.member_id, inviter_id, accepted.at, joined.at))
    return found


def room_of(friends: list[Friend]) -> Iterator[tuple[str, int]]:
    """Each inviter of a month, and how many coupons she gets in it."""
    months: Counter[tuple[str, date]] = Counter(
        (friend.inviter_id, friend.joined_at.date().replace(day=1)) for friend in friends
    )
    for (inviter_id, _), joined in months.items():
        yield inviter_id, min(joined, RULE["most_coupons_a_month"])


def rebates_of(sent: Sent, friends: list[Friend]) -> dict[str, Rebate]:
    """The rebate of each ticket that earned one."""
    by_member = {friend.member_id: friend for friend in friends}
    buying, returning = timedelta(days=RULE["buying_days"]), timedelta(days=RULE["return_days"])
    found = {}
    for sale in sent.sales.values():
        friend = by_member.get(sale.earner or "")
        if friend is None or not friend.accepted_at <= sale.sold_at < friend.joined_at + buying:
            continue
        fen = min(max(sale.goods, 0) * RULE["rebate_bp"] // 10_000, RULE["most_rebate_fen"])
        if fen:
            is_all_back = sale.back == sale.total
            back_fen = fen * (sale.goods if is_all_back else min(max(sale.goods_back, 0), sale.goods)) // sale.goods
            matures_at = sale.sold_at + returning
            found[sale.ticket_id] = Rebate(friend.inviter_id, friend.member_id, fen, back_fen, matures_at)
    return found
