"""Draws of the synthetic parts: each depends on what it is drawn for and on nothing else.

No generator is passed around and no sequence has to be kept, so a household draws the same card from the
extract as from the whole year, and whatever is added to the demo later leaves every earlier draw as it was.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import TypeVar

SEED = "siyu-demo-1"

Item = TypeVar("Item")


def draw(limit: int, *drawn_for: object) -> int:
    """A number from 0 up to but without `limit`, always the same for the same words."""
    return int.from_bytes(_digest(drawn_for), "big") % limit


def token(length: int, *drawn_for: object) -> str:
    """A string of up to 32 hexadecimal letters that stands for an identity given by somebody else."""
    return _digest(drawn_for).hex()[:length]


def shuffled(items: Iterable[Item], purpose: str) -> list[Item]:
    """The items in a drawn arrangement; each must have a text of its own."""
    return sorted(items, key=lambda item: _digest((purpose, item)))


def _digest(drawn_for: Iterable[object]) -> bytes:
    words = "|".join(str(word) for word in (SEED, *drawn_for))
    return blake2b(words.encode(), digest_size=16).digest()
