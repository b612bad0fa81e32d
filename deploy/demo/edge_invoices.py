"""Which invoices of Online Retail are bundled: some of each oddity, and ordinary ones to fill up."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

from deploy.demo.draws import shuffled
from deploy.demo.online_retail import is_goods

INVOICES = 300
EACH_ODDITY = 12
LONG = 500

# Columns of the file, see `online_retail.COLUMNS`.
Row = list[str]
NUMBER, CODE, QUANTITY, DATED, PRICE, CUSTOMER = 0, 1, 3, 4, 5, 6

ODDITIES: dict[str, Callable[[list[Row]], bool]] = {
    "adjustment": lambda rows: rows[0][NUMBER].startswith("A"),
    "fraction of a penny": lambda rows: any(Decimal(row[PRICE]) * 100 % 1 for row in rows),
    "cancellation": lambda rows: rows[0][NUMBER].startswith("C"),
    "write-off": lambda rows: int(rows[0][QUANTITY]) < 0 and not rows[0][NUMBER].startswith("C"),
    "price zero": lambda rows: any(Decimal(row[PRICE]) == 0 and int(row[QUANTITY]) > 0 for row in rows),
    "no customer": lambda rows: not rows[0][CUSTOMER],
    "line twice": lambda rows: len({tuple(row) for row in rows}) < len(rows),
    "two times": lambda rows: len({row[DATED] for row in rows}) > 1,
    "not goods": lambda rows: any(not is_goods(row[CODE]) for row in rows),
    "gift voucher": lambda rows: any(row[CODE].startswith("gift_") for row in rows),
    "small letters": lambda rows: any(is_goods(row[CODE]) and row[CODE] != row[CODE].upper() for row in rows),
}


def chosen_invoices(rows: list[Row]) -> list[Row]:
    """The rows of about 300 invoices, in the arrangement of the file."""
    invoices: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        invoices[row[NUMBER]].append(row)
    arranged = [number for number in shuffled(invoices, "edge invoices") if len(invoices[number]) < LONG]
    chosen = {max(invoices, key=lambda number: len(invoices[number]))} | _twice_in_a_minute(invoices)
    for is_odd in ODDITIES.values():
        odd = (number for number in arranged if is_odd(invoices[number]))
        chosen.update(number for number, _ in zip(odd, range(EACH_ODDITY), strict=False))
    ordinary = (number for number in arranged if number not in chosen)
    chosen.update([number for number, _ in zip(ordinary, range(INVOICES - len(chosen)), strict=False)])
    return [row for row in rows if row[NUMBER] in chosen]


def _twice_in_a_minute(invoices: dict[str, list[Row]]) -> set[str]:
    """All invoices of the first customers, by number, who have two in one minute."""
    numbers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for number, rows in invoices.items():
        if rows[0][CUSTOMER]:
            numbers[rows[0][CUSTOMER], rows[0][DATED]].add(number)
    twice = sorted(visit for visit, same_minute in numbers.items() if len(same_minute) > 1)
    return {number for visit in twice[:EACH_ODDITY] for number in numbers[visit]}
