"""A budget of drawn stories: crashes, freezes, cuts and lost tails at every step, and nothing is lost or doubled."""

import os
import subprocess
import sys
import time
from collections import Counter

from tests.faults.simulator.mishaps import MISHAPS, OF_THE_BROKER
from tests.faults.simulator.story import tell_story

MOST_SEEDS = int(os.environ.get("SIYU_SIMULATED_SEEDS", "1000"))
BUDGET_S = float(os.environ.get("SIYU_SIMULATED_SECONDS", "15"))
SEED_TOLD_TWICE = 10


def test_every_story_ends_well_whatever_befalls() -> None:
    ends_at = time.monotonic() + BUDGET_S
    happened: Counter[str] = Counter()
    for seed in range(MOST_SEEDS):
        told = tell_story(seed)
        assert told.wrong == [], f"python -m tests.faults.simulator --seed {seed} --trace"
        happened += told.happened
        if time.monotonic() > ends_at:
            break
    expected = {mishap.__name__ for mishap in MISHAPS + OF_THE_BROKER}
    assert expected - happened.keys() == set(), (
        "some mishap never came to pass: the budget is too small to mean anything"
    )


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    assert told_elsewhere(hash_seed=1) == told_elsewhere(hash_seed=2)


def told_elsewhere(hash_seed: int) -> list[str]:
    """Every step of a seed, as another process tells it."""
    command = (sys.executable, "-m", "tests.faults.simulator", "--seed", str(SEED_TOLD_TWICE), "--trace")
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    steps = told.stdout.splitlines()[:-1]  # the last line says how long it took
    assert len(steps) > 40
    return steps
