"""Compares what must stand with what stands, read from the tables alone; every difference is a sentence."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.faults.expected import Expected

TICKETS = "select ticket_id::text, total_fen, member_id::text from trade.ticket"
EVENTS = """
select part, off, key, split_part(type, '.', 3) as kind, convert_from(body, 'UTF8') as body from trade.log
 where type like 'trade.ticket.%' order by part, off
"""
POSTINGS = """
select ticket_id::text, kind, total_fen, (select sum(amount) from unnest(amounts_fen) amount)::bigint as sum_fen
  from settlement.posting
"""
ACCOUNTS = """
select account, coalesce(kept.fen, 0) as kept, coalesce(posted.fen, 0) as posted
  from (select account, sum(amount_fen)::bigint as fen from settlement.account_day group by 1) kept
  full join (select account, sum(amount)::bigint as fen from settlement.posting
              cross join lateral unnest(accounts, amounts_fen) entry (account, amount) group by 1) posted
       using (account)
"""
STOCK = "select shop_id::text, sku, on_hand_milli from inventory_sharing.stock where on_hand_milli <> 0"
MOVED = """
select shop_id::text, line.sku, sum(line.milli)::bigint from inventory_sharing.stock_move
 cross join lateral unnest(skus, deltas_milli) as line (sku, milli) group by 1, 2
"""
POINTS = "select member_id::text, points, growth from member.points_balance"
ENTRIES = "select member_id::text, sum(points)::bigint, sum(growth)::bigint from member.points_entry group by 1"
HEADS = """
select head.part, head.next, count(log.off), coalesce(max(log.off) + 1, 0) as ends, coalesce(min(log.off), 0) as begins
  from {service}.log_head head left join {service}.log log on log.part = head.part group by 1, 2
"""
DEAD = "select source, type, error from {service}.dead_letter"
OF_TICKETS = frozenset({"paid", "returned"})


@dataclass
class Verdict:
    """What was found."""

    stored: int
    lost: int
    doubled: int
    checks: dict[str, list[str]]

    @property
    def differences(self) -> list[str]:
        """All of them."""
        return [difference for found in self.checks.values() for difference in found]


async def judge(admin_dsn: str, services: Sequence[str], expected: Expected) -> Verdict:
    """Look at everything."""
    connection = await asyncpg.connect(admin_dsn)
    try:
        return await look(connection, services, expected)
    finally:
        await connection.close()


async def look(connection: Any, services: Sequence[str], expected: Expected) -> Verdict:
    """Compare everything that this connection sees."""
    tickets = {row[0]: tuple(row)[1:] for row in await connection.fetch(TICKETS)}
    events = [dict(row) for row in await connection.fetch(EVENTS)]
    said = _said(events)
    checks = {
        "every acknowledged ticket stands once, nothing else does": expected.differing
        + _differences(expected.tickets, {key: total for key, (total, _) in tickets.items()}, "ticket"),
        "each is its member's": _differences(
            expected.members, {key: member for key, (_, member) in tickets.items()}, "member of"
        ),
        "each is said once": _differences(expected.events, said, "events of"),
        "a ticket's story is in order": _order(events),
        "logs are dense": await _dense(connection, services),
        "each is posted once, balanced": await _postings(connection, expected),
        "stock": await _stock(connection, expected),
        "points and growth": await _points(connection, expected),
        "nothing is dead": await _dead(connection, services),
    }
    doubled = sum(count - 1 for count in said.values() if count > 1)
    return Verdict(len(tickets), len(expected.tickets.keys() - tickets.keys()), doubled, checks)


def _said(events: Sequence[Mapping[str, Any]]) -> Counter[tuple[str, str]]:
    said = Counter((json.loads(event["body"])["ticket_id"], event["kind"]) for event in events)
    return Counter({key: count for key, count in said.items() if key[1] in OF_TICKETS or count > 1})


def _order(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Under one key: paid first, then each return where the one before it ended, in one partition."""
    found = []
    parts: dict[str, int] = {}
    back_fen: dict[str, int] = {}
    for event in events:
        key, body = event["key"], json.loads(event["body"])
        if parts.setdefault(key, event["part"]) != event["part"]:
            found.append(f"{key} is told in two partitions")
        if event["kind"] == "paid":
            back_fen[key] = 0
        elif key not in back_fen:
            found.append(f"{key}: {event['kind']} is told before paid")
        elif event["kind"] == "returned":
            if body["before_fen"] != back_fen[key]:
                found.append(f"{key}: a return begins at {body['before_fen']}, the one before ended at {back_fen[key]}")
            back_fen[key] = body["after_fen"]
    return found


async def _dense(connection: Any, services: Sequence[str]) -> list[str]:
    found = []
    for service in services:
        for part, following, count, ends, begins in await connection.fetch(HEADS.format(service=service)):
            if not following == count == ends or begins:
                found.append(f"log of {service}, {part}: {count} events from {begins} to {ends}, head {following}")
    return found


async def _postings(connection: Any, expected: Expected) -> list[str]:
    rows = await connection.fetch(POSTINGS)
    found = [f"posting of {row[0]} is {row[3]} fen away from zero" for row in rows if row[3]]
    found += _differences(expected.postings, {(row[0], row[1]): row[2] for row in rows}, "posting of")
    accounts = await connection.fetch(ACCOUNTS)
    found += [f"account {name}: {kept}, its entries {posted}" for name, kept, posted in accounts if kept != posted]
    if sum(kept for _, kept, _ in accounts):
        found.append("the accounts do not sum to zero")
    return found


async def _stock(connection: Any, expected: Expected) -> list[str]:
    wanted = {shelf: milli for shelf, milli in expected.stock.items() if milli}
    found = {(shop, sku): milli for shop, sku, milli in await connection.fetch(STOCK)}
    moved = {(shop, sku): milli for shop, sku, milli in await connection.fetch(MOVED) if milli}
    return _differences(wanted, found, "shelf") + _differences(wanted, moved, "moves of shelf")


async def _points(connection: Any, expected: Expected) -> list[str]:
    wanted = {member: (points, points) for member, points in expected.points.items() if points}
    kept = {member: (points, growth) for member, points, growth in await connection.fetch(POINTS) if points or growth}
    entries = {member: (points, growth) for member, points, growth in await connection.fetch(ENTRIES)}
    summed = {member: both for member, both in entries.items() if any(both)}
    return _differences(wanted, kept, "balance of") + _differences(wanted, summed, "entries of")


async def _dead(connection: Any, services: Sequence[str]) -> list[str]:
    return [
        f"dead letter in {service}: {row['type']} of {row['source']}: {row['error']}"
        for service in services
        for row in await connection.fetch(DEAD.format(service=service))
    ]


def _differences(expected: Mapping[Any, object], found: Mapping[Any, object], what: str) -> list[str]:
    differing = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    return [f"{what} {key}: expected {expected.get(key)}, found {found.get(key)}" for key in sorted(differing, key=str)]
