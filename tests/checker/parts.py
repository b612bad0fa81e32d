"""What a ticket sells and what it brings back, in fen, from what the till sent."""

from typing import Any, NamedTuple

SELLS = ("sale", "write_off", "exchange")
BRINGS_BACK = ("return", "exchange")


class Parts(NamedTuple):
    """The two halves of a ticket, each none where the ticket has no such half."""

    sold: int | None
    back: int | None


def parts_of(body: dict[str, Any]) -> Parts:
    """An exchange is a sale of the lines that go out and a return of those that come in, in one ticket."""
    kind, total = body["kind"], body["total_fen"]
    assert kind in (*SELLS, *BRINGS_BACK), f"the checker does not know what a {kind} does"
    if kind != "exchange":
        return Parts(total if kind in SELLS else None, -total if kind in BRINGS_BACK else None)
    paid = list(zip(body["lines"], _paid(body), strict=True))
    return Parts(
        sold=sum(fen for line, fen in paid if line["quantity_milli"] >= 0),
        back=-sum(fen for line, fen in paid if line["quantity_milli"] < 0),
    )


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
