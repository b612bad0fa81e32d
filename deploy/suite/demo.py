"""The demo under the supervisor: the brand is founded, the chain plays, listeners catch up, the checker decides."""

import asyncio
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from deploy.demo.chain import BRAND_CODE, BRAND_NAME
from deploy.demo.client import Client
from deploy.demo.edge import Tally
from deploy.demo.opening import sign_in
from deploy.demo.play import Played, Stage, play
from deploy.demo.source import BUNDLED, Source, read_source
from deploy.suite import brand
from deploy.suite.begun import folder_of, mark_begun
from deploy.suite.run import Site
from deploy.suite.services import all_services
from deploy.suite.show import Terminal
from services.directory.staff.flows import Founded, Founding
from shared.clock import ReplayClock
from shared.db.pool import plain_connection

CATCH_UP_LIMIT_S = 600.0
ONLINE_RETAIL_FILE = "online_retail_2010_2011.csv.gz"
CHECKER = Path(__file__).parents[2] / "tests" / "checker"

_UNREAD = """
select sum(head.next - coalesce(cursor.off, 0))::bigint from {source}.log_head head
  left join {service}.cursor cursor on cursor.source = '{source}' and cursor.part = head.part
"""

# What WeCom has told of and nobody has looked at yet, and live codes that are being made or nobody has tried to make.
_TO_LOOK_AT = """
select (select count(*) from community.look)
     + (select count(*) from community.live_code where leased_until > now() or (due_at is not null and tries = 0))
"""


async def found(on: Site) -> Founded:
    """Found the demo's brand."""
    founding = Founding(BRAND_CODE, BRAND_NAME)
    return await brand.found(on.settings, on.secrets, ReplayClock(_clock_file(on)), founding)


async def perform(on: Site, ports: tuple[int, int], data: Path | None, show: Terminal) -> Played:
    """Play the demo and wait until every listener has taken everything in."""
    mark_begun(on.settings.home)
    port, emulator_port = ports
    founded = await found(on)
    stage = Stage(
        port=port,
        emulator_port=emulator_port,
        clock=ReplayClock(_clock_file(on)),
        journal=journal_of(on),
        staff_code=founded.staff_code,
        one_time_password=founded.one_time_password,
        password=_password(on),
        online_retail=data / ONLINE_RETAIL_FILE if data else None,
    )
    source = await asyncio.to_thread(_read, data, on.settings.home)
    try:
        played = await play(stage, source, show, partial(caught_up, on.admin_dsn))
    finally:
        show.end_bar()
    _leave_the_office(on, founded.staff_code)
    rate = played.tickets / played.replay_s
    show.say(f"{played.tickets:,} tickets posted in {played.replay_s:.1f} s ({rate:,.0f}/s), {played.refused} refused")
    _tell_edge(played.edge, show)
    behind_s = await caught_up(on.admin_dsn)
    show.say(f"every listener caught up {behind_s:.1f} s later")
    return played


def _leave_the_office(on: Site, staff_code: str) -> None:
    """Head office's credential for whoever wants to ask why: the body of a request for its token."""
    path = office_file(on.settings.home)
    path.touch(mode=0o600)
    grant = {"grant": "password", "brand": BRAND_CODE, "staff": staff_code, "password": _password(on)}
    path.write_bytes(msgspec.json.encode(grant))


def _read(data: Path | None, home: Path) -> Source:
    """The bundled extract, or whole data sets, which are first rewritten as the extract is."""
    if data is None:
        return read_source(BUNDLED)
    rewritten = folder_of(home) / "whole"
    argv = (sys.executable, "-m", "deploy.demo.extract", str(data), str(rewritten), "--whole")
    subprocess.run(argv, check=True, cwd=CHECKER.parents[1])
    return read_source(rewritten)


def _tell_edge(edge: Tally, show: Terminal) -> None:
    refused = sum(edge.refused.values())
    show.say(
        f"Online Retail: {edge.sent:,} invoices sent, {edge.accepted:,} accepted, "
        f"{edge.flagged:,} accepted and flagged, {refused:,} refused"
    )
    for flag, count in edge.flags.most_common():
        show.say(f"  {count:>6,} flagged {flag}")
    for reason, count in edge.refused.most_common(10):
        show.say(f"  {count:>6,} refused {reason}")


async def caught_up(admin_dsn: str) -> float:
    """Wait until every listener has taken in all that was said; answers how long that took."""
    begun = time.monotonic()
    async with plain_connection(admin_dsn) as connection, asyncio.timeout(CATCH_UP_LIMIT_S):
        while await _unread(connection):
            await asyncio.sleep(0.1)
    return time.monotonic() - begun


async def check(on: Site, port: int, emulator_port: int) -> int:
    """Have the checker compare what was sent with what stands; answers its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.checker",
        f"--journal={journal_of(on)}",
        f"--admin-dsn={on.admin_dsn}",
        f"--url=http://127.0.0.1:{port}",
        f"--emulator-url=http://127.0.0.1:{emulator_port}",
        cwd=CHECKER.parents[1],
        env={**os.environ, "CHECKER_TOKEN": await _office_token(on, port)},
    )
    return await process.wait()


async def _office_token(on: Site, port: int) -> str:
    """Head office signs in, as the demo's play has left it."""
    client = Client(port)
    badge = await sign_in(client, Founding(BRAND_CODE, BRAND_NAME).staff_code, None, _password(on))
    try:
        return await badge.token()
    finally:
        client.close()


def _password(on: Site) -> str:
    return on.secrets.derive("demo head office").hex()


def journal_of(on: Site) -> Path:
    """Where what was sent is written down."""
    return folder_of(on.settings.home) / "journal.jsonl"


def office_file(home: Path) -> Path:
    """Where a home's demo leaves head office's credential."""
    return folder_of(home) / "office.json"


def _clock_file(on: Site) -> Path:
    assert on.settings.clock_file is not None
    return on.settings.clock_file


async def _unread(connection: Any) -> int:
    """How many events some listener has not taken in, and how much is to be looked at in WeCom."""
    total = 0
    for name, service in all_services().items():
        for source in service.sources:
            total += await connection.fetchval(_UNREAD.format(source=source, service=name)) or 0
    return total + int(await connection.fetchval(_TO_LOOK_AT))
