"""`python -m tests.faults.simulator --seeds 0-9999`, and `--seed N --trace` to see one again, step by step."""

import time
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console

from tests.faults.simulator.story import tell_story

console = Console(highlight=False, markup=False, soft_wrap=True)


def main(
    seeds: Annotated[str, typer.Option(help="first-last")] = "0-999",
    seed: Annotated[int | None, typer.Option(help="only this one")] = None,
    trace: Annotated[bool, typer.Option(help="say every step")] = False,
    most_wrong: Annotated[int, typer.Option(help="end after so many failing seeds")] = 5,
) -> None:
    """Play seeds; exit status 1 if a story ended badly."""
    first, _, last = seeds.partition("-")
    chosen = range(int(first), int(last or first) + 1) if seed is None else range(seed, seed + 1)
    happened: Counter[str] = Counter()
    began_at, bad, played = time.perf_counter(), 0, 0
    for number in chosen:
        told = tell_story(number, with_trace=trace)
        played += 1
        happened += told.happened
        for line in told.lines:
            console.print(line)
        if told.wrong:
            bad += 1
            console.print(f"seed {number} ends badly after {told.took_s:.1f} s (--seed {number} --trace):")
            for wrong in told.wrong[:10]:
                console.print(f"  {wrong}")
        if bad >= most_wrong:
            break
    took_s = time.perf_counter() - began_at
    for kind, times in sorted(happened.items()):
        console.print(f"{times:9,}  {kind}")
    console.print(f"{played:,} seeds in {took_s:.1f} s, {bad} ended badly")
    raise typer.Exit(1 if bad else 0)


if __name__ == "__main__":
    typer.run(main)
