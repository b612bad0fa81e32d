"""Money is whole fen, quantities are whole thousandths; a split never loses or makes a fen.

`allot` is the largest-remainder method (Hamilton): floor every share, then hand the fen that are left to the
largest remainders, first come first served among equals.
"""

from collections.abc import Sequence
from typing import NewType

Fen = NewType("Fen", int)
Milli = NewType("Milli", int)

BASIS_POINTS = 10_000


def allot(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split `total_fen` by `weights` (none negative, not all zero); the shares add up to the total.

    A negative total is split as its positive twin, so that what was given and what is taken back mirror.
    """
    if total_fen < 0:
        return [-share for share in allot(-total_fen, weights)]
    whole = sum(weights)
    assert whole > 0, "an allotment needs a positive weight"
    assert min(weights) >= 0, "a weight is never negative"
    shares = [total_fen * weight // whole for weight in weights]
    remainders = [total_fen * weight % whole for weight in weights]
    left = total_fen - sum(shares)
    if left:
        for index in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:left]:
            shares[index] += 1
    assert sum(shares) == total_fen
    return shares


def portion(total: int, portion_bp: int) -> int:
    """`portion_bp` basis points of `total`, rounded towards zero."""
    share = abs(total) * portion_bp // BASIS_POINTS
    return share if total >= 0 else -share


def taken_back(effect: int, whole: int, before: int, after: int) -> int:
    """What of an `effect` of a ticket goes back when its returned amount moves from `before` to `after` of `whole`.

    What was taken back so far is computed anew and the difference given, so that ten partial returns take back
    exactly what one whole return does. `before` and `after` run from 0 to `whole`.
    """
    if whole == 0:
        return 0
    return effect * after // whole - effect * before // whole
