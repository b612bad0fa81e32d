"""Every door of every service, with requests drawn from its document: no bug shows, nobody waits, nothing leaks."""

import asyncio
import os

import pytest

from deploy.suite.services import all_services
from shared.ids import new_id
from tests.contract.fuzz import Fuzzer, asking
from tests.contract.test_route_matrix import callers
from tests.world import World

EXAMPLES = int(os.environ.get("SIYU_FUZZ_EXAMPLES", "4"))


@pytest.mark.timeout(120 + EXAMPLES * 10)
@pytest.mark.parametrize("name", sorted(all_services()))
async def test_no_request_brings_a_door_to_its_knees(world: World, name: str) -> None:
    tokens = {named: f"Bearer {world.token(caller)}" for named, caller in callers(new_id()).items()}
    document = world.suite.running[name].edge.api.openapi()
    fuzzer = Fuzzer(document, asking(world.client(), asyncio.get_running_loop()), tokens)
    await asyncio.to_thread(fuzzer.run, EXAMPLES)
    assert fuzzer.answers[200] + fuzzer.answers[201] > 0, f"nothing came in: {fuzzer.answers}"
    assert not fuzzer.findings, "\n".join(" | ".join(one) for one in fuzzer.findings.values())
