"""Callbacks go out three times at most, through any weather, and the same seed makes the same weather."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from deploy.emulator.outbox import Sending
from tests.services.outside import CALLBACK_URL, CORP, KEY, SECRET, TOKEN, Outside, living


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with living() as outside:
        yield outside


# Callbacks


async def test_an_address_that_does_not_answer_the_echo_is_not_taken(outside: Outside) -> None:
    outside.community.is_another = True
    body = {"url": CALLBACK_URL, "token": TOKEN, "encoding_aes_key": KEY}
    refused = await outside.http.put(f"/emulator/corps/{CORP}/callback", json=body)
    assert refused.status_code == 400


async def test_a_corp_without_an_address_is_told_nothing(outside: Outside) -> None:
    await outside.control("PUT", "/corps/ww_other", secret=SECRET)
    await outside.control("PUT", "/corps/ww_other/staff/li", name="李导购")
    await outside.control("POST", "/corps/ww_other/groups", owner="li", name="四季")
    assert (await outside.flush())["told"] == 0


async def test_what_the_api_does_is_not_told(outside: Outside) -> None:
    config_id = await outside.join_way(await outside.open_group())
    await outside.group_chat("del_join_way", config_id=config_id)
    assert (await outside.flush())["told"] == 1


@pytest.mark.parametrize(("refusals", "delivered"), [(1, 1), (2, 1), (3, 0)])
async def test_a_callback_is_tried_three_times(outside: Outside, refusals: int, delivered: int) -> None:
    outside.community.refusals = [500] * refusals
    await outside.open_group()
    tally = await outside.flush()
    assert (tally["delivered"], tally["failed"], outside.community.tries) == (
        delivered, 1 - delivered, min(refusals + 1, 3),
    )  # fmt: skip
    assert len(outside.community.changes) == delivered


async def test_who_does_not_answer_in_time_is_tried_again() -> None:
    async with living(sending=Sending(at_once=1, timeout_s=0.25, retry_after_s=0.0)) as outside:
        outside.community.is_deaf = True
        await outside.open_group()
        assert (await outside.flush())["failed"] == 1
        assert outside.community.tries == 3


async def _fifty_joins(seed: str, **weather: int) -> tuple[Outside, Mapping[str, int], list[str | None]]:
    """Fifty people in one huge group; answers what became of the callbacks and which versions came, as they came."""
    async with living(seed=seed, weather=weather) as outside:
        await outside.control("PUT", f"/corps/{CORP}", secret=SECRET, most_members=500)
        config_id = await outside.join_way(await outside.open_group())
        for number in range(50):
            await outside.scan(config_id, number)
        tally = await outside.flush()
    return outside, tally, [change.current_version for change in outside.community.chats]


async def test_lost_callbacks_never_come_and_the_truth_stays() -> None:
    outside, tally, came = await _fifty_joins("1", lost_bp=2000)
    assert outside.community.tries == len(came)
    assert 3 <= tally["lost"] <= 20
    assert len(came) == tally["delivered"] == tally["told"] - tally["lost"]
    assert tally["told"] == 51


async def test_repeated_callbacks_come_twice() -> None:
    outside, tally, _ = await _fifty_joins("1", repeated_bp=2000)
    times = Counter(outside.community.digests)
    assert 3 <= tally["repeated"] <= 20
    assert sorted(times.values()) == [1] * (51 - tally["repeated"]) + [2] * tally["repeated"]


async def test_disordered_callbacks_let_no_more_than_the_window_pass() -> None:
    _, _, sent = await _fifty_joins("1")
    for window in (1, 5):
        _, tally, came = await _fifty_joins("1", disordered_bp=3000, window=window)
        assert 5 <= tally["disordered"] <= 30
        assert sorted(came, key=str) == sorted(sent, key=str)
        overtaken = [_overtakers(version, sent, came) for version in sent]
        assert sum(1 for overtakers in overtaken if overtakers) > 3
        # Of those that let others pass some go on together: only with a window of one is the bound that plain.
        assert max(overtaken) <= (1 if window == 1 else window + tally["disordered"])


def _overtakers(version: str | None, sent: list[str | None], came: list[str | None]) -> int:
    return len(set(sent[sent.index(version) + 1 :]) & set(came[: came.index(version)]))


async def test_the_same_seed_makes_the_same_weather_and_another_another() -> None:
    weather = {"lost_bp": 1000, "repeated_bp": 2000, "disordered_bp": 3000}
    _, first_tally, first = await _fifty_joins("1", **weather)
    _, again_tally, again = await _fifty_joins("1", **weather)
    _, other_tally, _ = await _fifty_joins("2", **weather)
    assert (again_tally, again) == (first_tally, first)
    assert other_tally != first_tally


async def test_what_is_held_comes_by_itself_after_a_while() -> None:
    sending = Sending(at_once=1, timeout_s=1.0, retry_after_s=0.0, held_at_most_s=0.01)
    async with living(sending=sending, weather={"disordered_bp": 10_000}) as outside:
        await outside.open_group()
        async with asyncio.timeout(5):
            await outside.community.heard.wait()


# The process


async def test_the_emulator_runs_as_a_process_of_its_own() -> None:
    argv = (sys.executable, "-m", "deploy.emulator", "--port", "0", "--seed", "7")
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        async with httpx.AsyncClient(base_url=line.split()[-1]) as http:
            assert (await http.get("/emulator/health")).json() == {"healthy": True}
    finally:
        process.terminate()
        await process.wait()
