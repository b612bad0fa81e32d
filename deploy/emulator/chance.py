"""Chance: each draw depends on the seed and on what it is drawn for, so that a run can be run again.

No generator is advanced: requests that overtake each other draw the same as in any other succession.
"""

from dataclasses import dataclass
from hashlib import blake2b

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Chance:
    """The draws of one seed."""

    seed: str

    def draw(self, limit: int, *drawn_for: object) -> int:
        """A number from 0 up to but without `limit`."""
        return int.from_bytes(self.random_bytes(8, *drawn_for), "big") % limit

    def happens(self, rate_bp: int, *drawn_for: object) -> bool:
        """Whether what happens `rate_bp` times in ten thousand happens here."""
        return self.draw(WHOLE_BP, *drawn_for) < rate_bp

    def token(self, *drawn_for: object) -> str:
        """32 hexadecimal letters that mean nothing."""
        return self.random_bytes(16, *drawn_for).hex()

    def random_bytes(self, count: int, *drawn_for: object) -> bytes:
        """Up to 64 bytes."""
        words = "\x1f".join(str(word) for word in (self.seed, *drawn_for))
        return blake2b(words.encode(), digest_size=count).digest()
