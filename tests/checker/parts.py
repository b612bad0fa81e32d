"""What a ticket sells and what it brings back, in fen, from what the till sent."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

SELLS = ("sale", "write_off", "exchange")
BRINGS_BACK = ("return", "exchange")


class Half(NamedTuple):
    """What a ticket sells or brings back: for how many fen, and for how many if its fees are left out."""

    fen: int
    goods: int


class Parts(NamedTuple):
    """The two halves of a ticket, each none where the ticket has no such half."""

    sold: Half | None
    back: Half | None


def parts_of(body: dict[str, Any], no_goods: Collection[str]) -> Parts:
    """An exchange is a sale of the lines that go out and a return of those that come in, in one ticket."""
    kind, total = body["kind"], body["total_fen"]
    assert kind in (*SELLS, *BRINGS_BACK), f"the checker does not know what a {kind} does"
    paid = list(zip(body["lines"], _paid(body), strict=True))
    if kind == "exchange":
        goes = [(line["sku"], fen) for line, fen in paid if line["quantity_milli"] >= 0]
        comes = [(line["sku"], -fen) for line, fen in paid if line["quantity_milli"] < 0]
        sold, back = sum(fen for _, fen in goes), sum(fen for _, fen in comes)
        return Parts(_half(sold, goes, no_goods), _half(back, comes, no_goods))
    if kind in SELLS:
        return Parts(_half(total, ((line["sku"], fen) for line, fen in paid), no_goods), None)
    return Parts(None, _half(-total, ((line["sku"], -fen) for line, fen in paid), no_goods))


def _half(fen: int, lines: Iterable[tuple[str, int]], no_goods: Collection[str]) -> Half:
    """A fee is none of the goods; a discount that is a line of its own is not to be added to them."""
    return Half(fen, fen - sum(paid for sku, paid in lines if sku in no_goods and paid > 0))


def _paid(body: dict[str, Any]) -> list[int]:
    """What was really paid for each line.

    What the total is more or less than the sum of the lines is laid on them by their size; a fen that no rounding
    down gives to any goes to the line that lost most by it, the first among equals.
    """
    amounts = [line["amount_fen"] for line in body["lines"]]
    sizes = [abs(amount) for amount in amounts]
    whole = sum(sizes)
    if not whole:
        sizes, whole = [1] * len(sizes), len(sizes)
    off = body["total_fen"] - sum(amounts)
    sign, off = (-1, -off) if off < 0 else (1, off)
    laid = [divmod(off * size, whole) for size in sizes]
    left = off - sum(share for share, _ in laid)
    first = sorted(range(len(laid)), key=lambda index: (-laid[index][1], index))[:left]
    return [
        amount + sign * (share + (index in first))
        for index, (amount, (share, _)) in enumerate(zip(amounts, laid, strict=True))
    ]
