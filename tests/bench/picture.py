"""Throughput and lag over time as an SVG: one panel a run, tickets a second above, events still to be read below."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from tests.bench.rows import Point

WIDTH, HEIGHT, GAP = 420, 120, 46


def draw(curves: Mapping[str, Sequence[Point]]) -> str:
    """The picture."""
    panels = [_panel(name, curve, row) for row, (name, curve) in enumerate(curves.items())]
    height = len(panels) * (HEIGHT + GAP) + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH + 3 * GAP}" height="{height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f"{''.join(panels)}</svg>"
    )


def _panel(name: str, curve: Sequence[Point], row: int) -> str:
    top = GAP + row * (HEIGHT + GAP)
    speed = [
        (after.at_s, (after.accepted - before.accepted) / max(after.at_s - before.at_s, 0.001))
        for before, after in pairwise(curve)
    ]
    unread = [(point.at_s, float(point.unread)) for point in curve]
    return _line(f"{name}: tickets a second", speed, (GAP, top)) + _line(
        f"{name}: events to be read", unread, (2 * GAP + WIDTH, top)
    )


def _line(title: str, points: Sequence[tuple[float, float]], corner: tuple[int, int]) -> str:
    left, top = corner
    longest = max((x for x, _ in points), default=1.0) or 1.0
    highest = max((y for _, y in points), default=1.0) or 1.0
    path = " ".join(f"{left + x / longest * WIDTH:.1f},{top + HEIGHT - y / highest * HEIGHT:.1f}" for x, y in points)
    return (
        f'<text x="{left}" y="{top - 6}">{title} (to {highest:,.0f}, {longest:.0f} s)</text>'
        f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbb"/>'
        f'<polyline points="{path}" fill="none" stroke="#0a6" stroke-width="1.5"/>'
    )
