"""Plants for names, units, places and text."""

from tests.house.names import (
    check_module_docstring,
    check_module_names,
    check_service_introduces_itself,
    check_tests_are_sentences,
    check_words_never_alone,
)
from tests.house.places import (
    check_checker_stands_alone,
    check_libraries,
    check_no_hidden_import,
    check_service_files,
)
from tests.house.plant import bites, spares
from tests.house.text import (
    check_no_machine_path,
    check_no_registry,
    check_no_select_star,
    check_sql_lives_in_queries,
)
from tests.house.units import (
    check_amounts_end_with_their_unit,
    check_no_float_near_money,
    check_times_end_at_and_days_on,
)

NOUN = "services/trade/ticket"
ACTIONS = f"{NOUN}/actions.py"
RULES = f"{NOUN}/rules.py"
QUERIES = f"{NOUN}/queries.py"
TABLES = f"{NOUN}/tables.py"
SCHEMAS = f"{NOUN}/schemas.py"
COUPON_RULES = "services/campaign/coupon/rules.py"
LEDGER = "services/settlement/ledger/actions.py"
SERVICE = "services/trade/__init__.py"
CHECKER = "tests/checker/points.py"
INTRODUCTION = '"""Trade 交易.\n\nowns   tickets\nsays   trade.ticket.paid\nhears  nothing\n"""'

NAMES = (
    bites(check_module_names, "shared/utils.py", ""),
    bites(check_module_names, "services/trade/ticket/store.py", ""),
    bites(check_module_names, "services/trade/base/rules.py", ""),
    bites(check_module_names, "deploy/demo/helpers.py", ""),
    spares(check_module_names, "services/trade/ticket/tables.py", ""),
    spares(check_module_names, "services/directory/shop/restore.py", ""),
    bites(check_module_names, "tests/services/helpers.py", ""),
    bites(check_words_never_alone, COUPON_RULES, "class Coupon(Base):\n    status = made()", 2),
    bites(check_words_never_alone, RULES, "def f(status: str): ..."),
    bites(check_words_never_alone, ACTIONS, "for event in heard:\n    pass"),
    bites(check_words_never_alone, ACTIONS, "async def store(tx): ..."),
    bites(check_words_never_alone, COUPON_RULES, "order = sorted(lines)"),
    bites(check_words_never_alone, COUPON_RULES, "class Coupon(NamedTuple):\n    code: str", 2),
    spares(
        check_words_never_alone,
        RULES,
        "class Overpaid(Refusal):\n    code = 'trade.overpaid'\n    status = 422",
    ),
    spares(check_words_never_alone, RULES, "order = taken(order_line)\ncoupon_code = coupon.code"),
    spares(check_words_never_alone, "deploy/demo/rules.py", "status = 1"),
    spares(check_words_never_alone, ACTIONS, "paid = taken(event, status)"),
    spares(check_words_never_alone, f"{NOUN}/consumers.py", "for event in heard:\n    pass"),
    bites(check_module_docstring, RULES, "x = 1"),
    bites(check_module_docstring, "shared/db/__init__.py", "from shared.db.database import Database"),
    bites(check_module_docstring, RULES, ""),
    spares(check_module_docstring, RULES, '"""What a ticket must add up to."""\nx = 1'),
    spares(check_module_docstring, "services/trade/ticket/__init__.py", ""),
    bites(check_service_introduces_itself, SERVICE, "", 1, 1, 1),
    bites(check_service_introduces_itself, SERVICE, '"""Trade owns, says, hears."""', 1, 1, 1),
    bites(check_service_introduces_itself, SERVICE, INTRODUCTION.replace("hears", "likes")),
    bites(check_tests_are_sentences, "tests/rules/test_points.py", "def test_earn_points(): ..."),
    spares(check_tests_are_sentences, "tests/rules/test_points.py", "def test_points_are_earned(): ..."),
    spares(check_tests_are_sentences, "tests/rules/test_points.py", "def earn(): ..."),
    spares(check_tests_are_sentences, "shared/trial.py", "def test_points(): ..."),
    spares(check_service_introduces_itself, SERVICE, INTRODUCTION),
    spares(check_service_introduces_itself, f"{NOUN}/__init__.py", ""),
    spares(check_service_introduces_itself, "services/trade/app.py", ""),
    spares(check_service_introduces_itself, "services/__init__.py", ""),
    spares(check_service_introduces_itself, "shared/db/__init__.py", ""),
)

UNITS = (
    bites(check_no_float_near_money, "shared/money.py", "RATE = 0.5"),
    bites(check_no_float_near_money, RULES, "def f(total_fen):\n    return total_fen / 3", 2),
    bites(check_no_float_near_money, LEDGER, "x = float(text)"),
    bites(check_no_float_near_money, "services/member/points/jobs.py", "left: float = 1"),
    bites(check_no_float_near_money, LEDGER, "share /= 2"),
    spares(check_no_float_near_money, RULES, "def f(total_fen):\n    return total_fen // 3, '1.5'"),
    spares(check_no_float_near_money, "services/community/calendar/actions.py", "WAIT_S = 0.5"),
    spares(check_no_float_near_money, "shared/days.py", "HALF = 1 / 2"),
    bites(check_amounts_end_with_their_unit, TABLES, "t = Table('line', meta, Column('amount', BigInteger))"),
    bites(
        check_amounts_end_with_their_unit,
        TABLES,
        "t = Table('line', meta, sa.Column('paid_total', sa.Integer()))",
    ),
    bites(check_amounts_end_with_their_unit, SCHEMAS, "class Line(BaseModel):\n    price: int | None = None", 2),
    bites(
        check_amounts_end_with_their_unit,
        SCHEMAS,
        "class Line(Body):\n    total: Annotated[int, Field(ge=0)]",
        2,
    ),
    bites(check_amounts_end_with_their_unit, RULES, "def f(total: int): ..."),
    bites(
        check_amounts_end_with_their_unit, RULES, "Amount = Annotated[int, Meta(ge=0)]\ndef f(price: Amount): ...", 2
    ),
    bites(check_amounts_end_with_their_unit, RULES, "class Tender(NamedTuple):\n    change: Fen", 2),
    spares(check_amounts_end_with_their_unit, TABLES, "t = Table('line', meta, Column('amount_fen', BigInteger))"),
    spares(check_amounts_end_with_their_unit, RULES, "def f(total_points: int, price_list_id: int): ..."),
    spares(check_amounts_end_with_their_unit, RULES, "def f(price: Price, totals: list[int], paid_fen: Fen): ..."),
    spares(check_amounts_end_with_their_unit, RULES, "def f(places: int): ..."),
    spares(check_amounts_end_with_their_unit, "deploy/demo/rules.py", "def f(total: int): ..."),
    spares(check_amounts_end_with_their_unit, ACTIONS, "def f(total: int): ..."),
    bites(check_times_end_at_and_days_on, TABLES, "c = Column('created', DateTime(timezone=True))"),
    bites(check_times_end_at_and_days_on, SCHEMAS, "class Paid(BaseModel):\n    sold: datetime | None", 2),
    bites(check_times_end_at_and_days_on, RULES, "class Paid(NamedTuple):\n    business_day: date", 2),
    bites(check_times_end_at_and_days_on, RULES, "class Paid(NamedTuple):\n    paid_at: date", 2),
    spares(
        check_times_end_at_and_days_on,
        RULES,
        "class Paid(NamedTuple):\n    paid_at: datetime\n    sold_on: date",
    ),
    spares(check_times_end_at_and_days_on, ACTIONS, "since: datetime = at"),
    spares(check_times_end_at_and_days_on, RULES, "def f(since: datetime): ..."),
)

PLACES = (
    bites(check_service_files, f"{NOUN}/arithmetic.py", ""),
    bites(check_service_files, "services/trade/prices.py", ""),
    bites(check_service_files, f"{NOUN}/rules/actions.py", ""),
    spares(check_service_files, RULES, ""),
    spares(check_service_files, "services/__init__.py", ""),
    spares(check_service_files, "services/trade/peers.py", ""),
    spares(check_service_files, "services/trade/migrations/versions/0001_tickets.py", ""),
    spares(check_service_files, "shared/db/database.py", ""),
    bites(check_libraries, "shared/http/calls.py", "import aiokafka"),
    bites(check_libraries, "deploy/kafka/broker.py", "from aiokafka.admin import AIOKafkaAdminClient"),
    bites(check_libraries, QUERIES, "import asyncpg"),
    bites(check_libraries, "services/trade/peers.py", "import httpx"),
    bites(check_libraries, ACTIONS, "from sqlalchemy import select"),
    bites(check_libraries, "shared/bus/reader.py", "import sqlalchemy as sa"),
    bites(check_libraries, QUERIES, "import alembic"),
    bites(check_libraries, QUERIES, "from httpx import get"),
    bites(check_libraries, "services/trade/migrations/versions/0001_tickets.py", "import httpx"),
    bites(check_libraries, "services/trade/queries.py", "import sqlalchemy"),
    bites(check_libraries, "shared/bus/migrations/env.py", "import sqlalchemy"),
    spares(check_libraries, QUERIES, "from sqlalchemy import select"),
    spares(
        check_libraries,
        "services/trade/migrations/versions/0001_tickets.py",
        "import sqlalchemy\nimport alembic",
    ),
    spares(check_libraries, "shared/bus/kafka.py", "from aiokafka import AIOKafkaProducer"),
    spares(check_libraries, "shared/log/append.py", "import asyncpg\nfrom sqlalchemy import insert"),
    spares(check_libraries, "deploy/suite/wait.py", "import asyncpg, httpx"),
    spares(check_libraries, ACTIONS, "from services.trade.httpx import post\nimport sqlalchemy_like"),
    bites(check_no_hidden_import, "shared/app.py", "importlib.import_module(f'services.{name}.app')"),
    bites(check_no_hidden_import, ACTIONS, "__import__('services.member')"),
    spares(check_no_hidden_import, "deploy/suite/serve.py", "importlib.import_module(f'services.{name}.app')"),
    spares(check_no_hidden_import, "shared/app.py", "import importlib\nfiles = importlib.resources.files('shared')"),
    bites(check_checker_stands_alone, CHECKER, "from shared.money import allot"),
    bites(check_checker_stands_alone, CHECKER, "import services.member.points.rules"),
    bites(check_checker_stands_alone, CHECKER, "from tests.rules.test_points import earned"),
    bites(check_checker_stands_alone, CHECKER, "from ..rules import test_points"),
    bites(check_checker_stands_alone, CHECKER, "import shared"),
    bites(check_checker_stands_alone, CHECKER, "import deploy.suite.command"),
    spares(
        check_checker_stands_alone,
        CHECKER,
        "from tests.checker import report\nfrom . import tickets\nimport asyncpg",
    ),
    spares(check_checker_stands_alone, CHECKER, "import shared_memory"),
    spares(check_checker_stands_alone, "tests/journeys/test_ticket.py", "from shared.money import allot"),
)

TEXT = (
    bites(check_no_select_star, QUERIES, "SQL = 'select * from ticket'"),
    bites(check_no_select_star, QUERIES, "SQL = f'''\nselect distinct t.*\nfrom {name} t'''"),
    spares(check_no_select_star, QUERIES, '"""Never `select * from x`."""\nSQL = "select count(*) from ticket"'),
    spares(check_no_select_star, QUERIES, "SQL = 'select price * quantity from line'"),
    spares(check_no_select_star, QUERIES, "SQL = 'insert into sku (id)\\n select *\\n from unnest($1::uuid[])'"),
    spares(check_no_select_star, QUERIES, "LIMIT = 500"),
    spares(check_no_select_star, "tests/checker/points.py", "SQL = 'select * from points'"),
    bites(check_sql_lives_in_queries, ACTIONS, "SQL = 'insert into ticket (id) values ($1)'"),
    bites(check_sql_lives_in_queries, f"{NOUN}/jobs.py", "SQL = '''\n  select id\n  from ticket'''"),
    bites(check_sql_lives_in_queries, ACTIONS, "SQL = 'UPDATE trade.ticket SET state = $1'"),
    spares(check_sql_lives_in_queries, QUERIES, "SQL = 'insert into ticket (id) values ($1)'"),
    spares(check_sql_lives_in_queries, "shared/log/append.py", "SQL = 'insert into log (off) values ($1)'"),
    spares(check_sql_lives_in_queries, ACTIONS, '"""select one from many: what is decided here."""\nLIMIT = 500'),
    spares(check_sql_lives_in_queries, RULES, "SAY = 'Select a coupon from the list.'"),
    spares(check_sql_lives_in_queries, RULES, "SAY = 'update the till'\nX = 'with a coupon'"),
    bites(check_no_machine_path, "Makefile", "PYTHON = /" + "root/.venv/bin/python"),
    bites(check_no_machine_path, "shared/settings.py", "FOLDER = '/" + "tmp/siyu'"),
    bites(check_no_machine_path, "README.md", "see `/" + "work/shared`"),
    spares(check_no_machine_path, "README.md", "see https://example.com/" + "work/notes and ../" + "work/notes"),
    spares(check_no_machine_path, "deploy/Dockerfile", "WORKDIR /srv/siyu\nVOLUME $HOME/" + "work/"),
    bites(check_no_registry, "constraints.txt", "--index-url https://py" + "pi.org/simple"),
    bites(check_no_registry, "deploy/kafka/pom.xml", "<url>https://repo1." + "maven.org/maven2</url>"),
    bites(check_no_registry, "deploy/Dockerfile", "FROM docker" + ".io/library/python"),
    spares(check_no_registry, "deploy/kafka/pom.xml", '<project xmlns="http://maven.apache.org/POM/4.0.0">'),
    spares(check_no_registry, "deploy/Dockerfile", "FROM python:3.11-slim"),
)

PLANTS = (*NAMES, *UNITS, *PLACES, *TEXT)
