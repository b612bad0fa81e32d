"""What stands: read from the tables, and through the public API where a caller would look."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg
import httpx

TICKETS = "select ticket_id::text, total_fen, member_id::text from trade.ticket where brand_id = $1"
DAYS = """
select shop_id::text, business_on::text, sum(total_fen)::bigint, count(*) from trade.ticket
 where brand_id = $1 group by 1, 2
"""
POINTS = "select member_id::text, points, growth from member.points_balance where brand_id = $1"
POINT_SUMS = """
select member_id::text, sum(points)::bigint, sum(growth)::bigint from member.points_entry where brand_id = $1 group by 1
"""
LOTS = """
select lot.member_id::text, lot.expires_on, lot.points from member.points_lot lot
  join member.points_balance balance using (member_id) where balance.brand_id = $1
"""
STOCK = "select shop_id::text, sku, on_hand_milli from inventory_sharing.stock where brand_id = $1"
COUPONS = """
select coupon_id::text, purpose, state, person_id::text, ticket_id::text, taken_fen, amount_fen, reward_id::text
  from campaign.coupon where brand_id = $1
"""
OVERRUNS = """
select coupon_id::text, ticket_id::text, discount_fen from campaign.coupon_overrun where brand_id = $1
"""
SPLITS = """
select ticket_id::text, kind, total_fen,
       (select sum(amount) from unnest(amounts_fen) amount)::bigint,
       (select coalesce(sum(amount), 0) from unnest(accounts, amounts_fen) entry (account, amount)
         where account <> 'takings')::bigint
  from settlement.posting where brand_id = $1
"""
ACCOUNTS = """
select account, sum(amount_fen)::bigint, (
         select coalesce(sum(amount), 0) from settlement.posting
           cross join lateral unnest(accounts, amounts_fen) entry (name, amount)
          where posting.brand_id = $1 and name = account)::bigint
  from settlement.account_day where brand_id = $1 group by account
"""
MEMBERSHIPS = """
select wecom_group.chat_id, identity.value
  from community.membership membership
  join community.wecom_group wecom_group on wecom_group.group_id = membership.group_id
  join member.identity identity
    on identity.person_id = membership.person_id and identity.kind = 'external_userid'
 where membership.brand_id = $1 and membership.left_at is null
"""
PEOPLE = "select value, person_id::text from member.identity where brand_id = $1 and kind = 'unionid'"
ATTRIBUTIONS = """
select invitee_id::text, inviter_id::text from referral.attribution where brand_id = $1 and voided_at is null
"""
REWARDS = """
select reward_id::text, kind, level, inviter_id::text, invitee_id::text, ticket_id::text, amount_fen, accrued_fen,
       matured_fen, reversed_fen, state, matures_at, coupon_id::text,
       (select min(posting_id::text)
          from referral.ledger_entry where ledger_entry.reward_id = reward.reward_id) as posted
  from referral.reward where brand_id = $1
"""
REWARD_ACCOUNTS = """
select reward_id::text, coalesce(sum(amount_fen) filter (where account = 'accrued'), 0)::bigint,
       coalesce(sum(amount_fen) filter (where account = 'matured'), 0)::bigint,
       coalesce(sum(amount_fen) filter (where account = 'reversed'), 0)::bigint
  from referral.ledger_entry where brand_id = $1 group by reward_id
"""
# Rebates mature in sweeps, one a minute: until when, by the replay's clock, the last that found any has looked.
SWEPT = """
select posted_at, posting_id::text as posted from referral.ledger_entry
 where brand_id = $1 and account = 'matured' and amount_fen > 0 order by posting_id desc limit 1
"""
REWARDS_SUM = """
select coalesce(sum(abs(posting.sum_fen)), 0)::bigint
  from (select sum(amount_fen) as sum_fen from referral.ledger_entry where brand_id = $1 group by posting_id) posting
"""
DEAD = "select count(*) from {service}.dead_letter"
SERVICES = (
    "directory",
    "trade",
    "member",
    "community",
    "campaign",
    "inventory_sharing",
    "referral",
    "settlement",
)

MOST_ASKED = 200


@dataclass
class Standing:
    """What was found."""

    tickets: dict[str, int]
    ticket_members: dict[str, str | None]
    days: dict[tuple[str, str], tuple[int, int]]
    points: dict[str, tuple[int, int]]
    point_sums: dict[str, tuple[int, int]]
    lots: dict[tuple[str, date], int]  # member, day of expiry → points
    stock: dict[tuple[str, str], int]
    coupons: dict[str, dict[str, Any]]
    overruns: dict[tuple[str, str], int]
    splits: dict[tuple[str, str], tuple[int, int, int]]  # ticket and kind → total, sum of entries, sum of shares
    accounts: dict[str, tuple[int, int]]
    memberships: set[tuple[str, str]]
    truth: set[tuple[str, str]]
    joiners: set[str]
    people: dict[str, str] = field(default_factory=dict)  # unionid → person
    attributions: dict[str, str] = field(default_factory=dict)  # invitee → inviter
    rewards: list[dict[str, Any]] = field(default_factory=list)
    reward_accounts: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # accrued, matured, reversed
    swept_at: datetime | None = None
    swept: str = ""  # the last posting of that sweep; a posting's id begins with the milliseconds of its time
    rewards_sum: int = 0
    dead: dict[str, int] = field(default_factory=dict)
    api_days: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    api_points: dict[str, tuple[int, int]] = field(default_factory=dict)
    api_rule: dict[str, Any] = field(default_factory=dict)
    api_inviters: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def inviters(self) -> dict[str, tuple[int, int, int]]:
        """What a door says of each inviter: coupons, money that was not taken back, money that was."""
        sums: dict[str, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
        for one in self.rewards:
            coupons, left, back = sums[one["inviter_id"]]
            coupons += one["kind"] == "coupon" and one["state"] in ("accrued", "fulfilled")
            left += one["accrued_fen"] + one["matured_fen"]
            sums[one["inviter_id"]] = (coupons, left, back + one["reversed_fen"])
        return dict(sums)


async def read(dsn: str, brand_id: str, emulator_url: str, url: str = "", token: str = "") -> Standing:
    """Read all of it."""
    connection = await asyncpg.connect(dsn)
    try:
        standing = await tables(connection, brand_id)
    finally:
        await connection.close()
    async with httpx.AsyncClient(timeout=60) as client:
        state = (await client.get(f"{emulator_url}/emulator/state")).json()
    if url:
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=60) as client:
            await _through_the_doors(client, standing)
    for corp in state["corps"].values():
        standing.joiners |= set(corp["joiners"])
        for chat_id, group in corp["groups"].items():
            standing.truth |= {(chat_id, external_userid) for external_userid in group["members"]}
    return standing


async def _through_the_doors(client: httpx.AsyncClient, standing: Standing) -> None:
    """What head office sees: every shop's sales, the points of some members, and what some inviters earned."""
    days = sorted(day for _, day in standing.days)
    for shop_id in sorted({shop_id for shop_id, _ in standing.days}):
        path = f"/trade/v1/shops/{shop_id}/sales"
        answer = await client.get(path, params={"first_on": days[0], "last_on": days[-1]})
        for day in answer.raise_for_status().json():
            standing.api_days[shop_id, day["business_on"]] = (day["total_fen"], day["tickets"])
    for member_id in sorted(standing.points)[:MOST_ASKED]:
        answer = (await client.get(f"/member/v1/members/{member_id}/points")).raise_for_status().json()
        standing.api_points[member_id] = (answer["points"] - answer["owed"], answer["growth"])
    standing.api_rule = (await client.get("/referral/v1/reward-rule")).raise_for_status().json()["rule"]
    for inviter_id in sorted(standing.inviters())[:MOST_ASKED]:
        answer = (await client.get(f"/referral/v1/inviters/{inviter_id}")).raise_for_status().json()
        left = answer["accrued_fen"] + answer["matured_fen"]  # a sweep may move the one to the other at any moment
        standing.api_inviters[inviter_id] = (answer["coupons"], left, answer["reversed_fen"])


async def tables(connection: Any, brand_id: str) -> Standing:
    """What the tables say, as this connection sees them; the world outside is not asked."""

    async def rows(sql: str) -> list[Any]:
        found: list[Any] = await connection.fetch(sql, brand_id)
        return found

    tickets = await rows(TICKETS)
    swept = await connection.fetchrow(SWEPT, brand_id)
    return Standing(
        tickets={row[0]: row[1] for row in tickets},
        ticket_members={row[0]: row[2] for row in tickets},
        days={(row[0], row[1]): (row[2], row[3]) for row in await rows(DAYS)},
        points={row[0]: (row[1], row[2]) for row in await rows(POINTS)},
        point_sums={row[0]: (row[1], row[2]) for row in await rows(POINT_SUMS)},
        lots={(row[0], row[1]): row[2] for row in await rows(LOTS)},
        stock={(row[0], row[1]): row[2] for row in await rows(STOCK)},
        coupons={row[0]: dict(row) for row in await rows(COUPONS)},
        overruns={(row[0], row[1]): row[2] for row in await rows(OVERRUNS)},
        splits={(row[0], row[1]): (row[2], row[3], row[4]) for row in await rows(SPLITS)},
        accounts={row[0]: (row[1], row[2]) for row in await rows(ACCOUNTS)},
        memberships={(row[0], row[1]) for row in await rows(MEMBERSHIPS)},
        truth=set(),
        joiners=set(),
        people={row[0]: row[1] for row in await rows(PEOPLE)},
        attributions={row[0]: row[1] for row in await rows(ATTRIBUTIONS)},
        rewards=[dict(row) for row in await rows(REWARDS)],
        reward_accounts={row[0]: (row[1], row[2], row[3]) for row in await rows(REWARD_ACCOUNTS)},
        swept_at=swept["posted_at"] if swept else None,
        swept=swept["posted"] if swept else "",
        rewards_sum=await connection.fetchval(REWARDS_SUM, brand_id),
        dead={name: await connection.fetchval(DEAD.format(service=name)) for name in SERVICES},
    )
