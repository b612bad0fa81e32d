"""Plants for the budgets and for what is banned outright."""

from tests.house.banned import (
    check_imports_on_top,
    check_no_catch_all,
    check_no_flags,
    check_no_mutable_globals,
    check_no_print,
    check_no_wall_clock,
    check_suppressions,
)
from tests.house.budgets import check_file_length, check_function_length, check_nesting, check_parameters
from tests.house.plant import bites, spares

ACTIONS = "services/trade/ticket/actions.py"
API = "services/trade/ticket/api.py"
RULES = "services/trade/ticket/rules.py"
SHARED = "shared/money.py"

# Put together here so that no comment of this file is an excuse itself.
EXCUSE = "# no" + "qa"
IGNORE = "# type: " + "ignore"


def _function(lines: int, docstring_lines: int = 0) -> str:
    docstring = '    """' + "\n    ." * (docstring_lines - 1) + '"""\n' if docstring_lines else ""
    return "def f():\n" + docstring + "    x = 1\n" * (lines - 1)


BUDGETS = (
    bites(check_function_length, RULES, _function(51)),
    bites(check_function_length, RULES, "class A:\n    async " + _function(51).replace("    ", "        "), 2),
    spares(check_function_length, RULES, _function(50)),
    spares(check_function_length, RULES, _function(50, docstring_lines=9)),
    bites(check_file_length, RULES, "x = 1\n" * 401, 401),
    spares(check_file_length, RULES, "x = 1\n" * 400),
    bites(check_parameters, RULES, "def f(a, b, c, d, e, f, g): ..."),
    bites(check_parameters, ACTIONS, "@retried\ndef f(a, b, c, d, e, f, g): ...", 2),
    bites(check_parameters, API, "def not_a_route(a, b, c, d, e, f, g): ..."),
    spares(check_parameters, RULES, "def f(a, b, c, d, e, f): ..."),
    spares(check_parameters, RULES, "class A:\n    def f(self, a, b, c, d, e, f): ..."),
    spares(check_parameters, RULES, "def f(a, *, b, c, d, e, f, g, h): ..."),
    spares(check_parameters, API, "@routes.post('/tickets')\nasync def post(a, b, c, d, e, f, g): ..."),
    bites(
        check_nesting,
        RULES,
        """
        def f():
            for a in b:
                if a:
                    with a:
                        try:
                            pass
                        except OSError:
                            if a:
                                pass
        """,
        5,
    ),
    bites(check_nesting, RULES, "if a:\n if b:\n  if c:\n   pass\n  else:\n   if d:\n    pass", 6),
    bites(check_nesting, RULES, "if a:\n if b:\n  try:\n   pass\n  finally:\n   if c:\n    pass", 6),
    spares(
        check_nesting,
        RULES,
        """
        def f():
            for a in b:
                if a:
                    pass
                elif b:
                    with a:
                        pass
                elif c:
                    with c:
                        pass
        """,
    ),
    spares(check_nesting, RULES, "for a in b:\n if a:\n  if b:\n   def f():\n    if a: pass"),
    spares(
        check_nesting,
        RULES,
        "for a in b:\n while a:\n  match a:\n   case 1:\n    x = 1\n   case 2:\n    x = 2",
    ),
)

BANNED = (
    bites(check_imports_on_top, RULES, "def f():\n    import json", 2),
    bites(check_imports_on_top, RULES, "async def f():\n    if a:\n        from json import loads", 3),
    bites(check_imports_on_top, RULES, "def f():\n    def g():\n        import json", 3),
    spares(
        check_imports_on_top,
        RULES,
        "import json\nif TYPE_CHECKING:\n    import decimal\ndef f():\n    'import x'",
    ),
    bites(check_suppressions, RULES, f"x = 1  {EXCUSE}"),
    bites(check_suppressions, RULES, f"x = 1  {EXCUSE}: S608"),
    bites(check_suppressions, RULES, f"x = 1  {EXCUSE}: S608 - ok"),
    bites(check_suppressions, RULES, f"x = 1  {EXCUSE} because it is so"),
    bites(check_suppressions, RULES, f"x = 1  {IGNORE}"),
    bites(check_suppressions, RULES, f"x = 1  {IGNORE}[attr-defined]"),
    bites(check_suppressions, RULES, "# ruff: no" + "qa: S608 - the names are ours"),
    bites(check_suppressions, RULES, "# my" + "py: ignore-errors"),
    spares(check_suppressions, RULES, f"x = 1  {EXCUSE}: S608 - the name is ours"),
    spares(check_suppressions, RULES, f"x = 1  {EXCUSE}: S608, E501 表名是我们的"),
    spares(check_suppressions, RULES, f"x = 1  {IGNORE}[attr-defined]  # the driver has no types"),
    spares(check_suppressions, RULES, f"x = '{EXCUSE}'  # a string excuses nothing"),
    bites(check_no_catch_all, RULES, "try: pass\nexcept Exception: pass", 2),
    bites(check_no_catch_all, "deploy/demo/chain.py", "try: pass\nexcept: pass", 2),
    bites(check_no_catch_all, RULES, "try: pass\nexcept (OSError, BaseException): pass", 2),
    bites(check_no_catch_all, RULES, "with contextlib.suppress(Exception): pass"),
    bites(check_no_catch_all, "shared/database.py", "try: pass\nexcept builtins.Exception: pass", 2),
    spares(check_no_catch_all, "shared/db/faults.py", "try: pass\nexcept Exception: pass"),
    spares(check_no_catch_all, "shared/app.py", "try: pass\nexcept Exception: pass"),
    spares(check_no_catch_all, RULES, "try: pass\nexcept (OSError, ExceptionGroup): pass"),
    bites(check_no_wall_clock, RULES, "at = datetime.now(UTC)"),
    bites(check_no_wall_clock, RULES, "at = datetime.datetime.utcnow()"),
    bites(check_no_wall_clock, RULES, "day = date.today()"),
    bites(check_no_wall_clock, RULES, "started = time.time()"),
    bites(check_no_wall_clock, RULES, "from time import time"),
    bites(
        check_no_wall_clock,
        RULES,
        "@dataclass\nclass A:\n    at: datetime = field(default_factory=datetime.now)",
        3,
    ),
    spares(check_no_wall_clock, "shared/clock.py", "at = datetime.now(UTC)"),
    spares(check_no_wall_clock, RULES, "at = clock.now()\nstarted = time.monotonic()\ntook = time.perf_counter()"),
    spares(check_no_wall_clock, RULES, "from time import monotonic\nfrom shared.clock import time"),
    bites(check_no_print, RULES, "print('paid')"),
    spares(check_no_print, RULES, "console.print('paid')\nspring('paid')\ndef print_receipt(): ..."),
    bites(check_no_mutable_globals, SHARED, "seen = set()"),
    bites(check_no_mutable_globals, SHARED, "_cache: dict[str, int] = {}"),
    bites(check_no_mutable_globals, SHARED, "SEEN = []\ndef f(a):\n    SEEN.append(a)"),
    bites(check_no_mutable_globals, SHARED, "SEEN = defaultdict(int)\ndef f(a):\n    SEEN[a] += 1"),
    bites(check_no_mutable_globals, SHARED, "def f():\n    global last\n    last = 1", 2),
    spares(
        check_no_mutable_globals,
        SHARED,
        "RATES = {'a': 1}\nNAMES = ('a', 'b')\ndef f(a):\n    return RATES[a] or RATES.get(a)",
    ),
    spares(check_no_mutable_globals, SHARED, "__all__ = ['a']\npytest_plugins = ['b']\nlogger = get_logger()"),
    spares(check_no_mutable_globals, SHARED, "def f():\n    seen = []\n    seen.append(1)"),
    bites(check_no_flags, ACTIONS, "async def issue(tx, member_id: UUID, silently: bool = False): ..."),
    bites(check_no_flags, ACTIONS, "def issue(silently: bool | None, /): ..."),
    spares(check_no_flags, ACTIONS, "def issue(tx, coupon: Coupon, *, is_overrun: bool): ..."),
    spares(check_no_flags, RULES, "def is_due(is_paid: bool): ..."),
)

PLANTS = (*BUDGETS, *BANNED)
