"""The house keeps its rules, and each rule is seen to bite."""

from pathlib import Path

import pytest

from tests.house import plants_names, plants_sentences, plants_style
from tests.house.banned import check_no_print
from tests.house.checks import PYTHON_CHECKS, TEXT_CHECKS, TREE_CHECKS, Check, TreeCheck
from tests.house.places import check_one_file_of_shared
from tests.house.plant import Plant, found_lines, planted
from tests.house.sentences import check_codes_differ
from tests.house.source import Finding, Source, python_sources, text_sources

PLANTS = (*plants_style.PLANTS, *plants_names.PLANTS, *plants_sentences.PLANTS)


@pytest.fixture(scope="module")
def python() -> list[Source]:
    return python_sources()


@pytest.fixture(scope="module")
def texts() -> list[Source]:
    return text_sources()


@pytest.mark.parametrize("check", PYTHON_CHECKS, ids=lambda check: check.__name__)
def test_every_python_file_keeps_the_rule(check: Check, python: list[Source]) -> None:
    _assert_none([finding for source in python for finding in check(source)])


@pytest.mark.parametrize("check", TREE_CHECKS, ids=lambda check: check.__name__)
def test_the_tree_as_a_whole_keeps_the_rule(check: TreeCheck, python: list[Source]) -> None:
    _assert_none(check(python))


@pytest.mark.parametrize("check", TEXT_CHECKS, ids=lambda check: check.__name__)
def test_every_committed_text_keeps_the_rule(check: Check, texts: list[Source]) -> None:
    _assert_none([finding for source in texts for finding in check(source)])


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_check_finds_what_was_planted_and_spares_the_near_miss(plant: Plant) -> None:
    assert found_lines(plant) == plant.lines


@pytest.mark.parametrize("check", [*PYTHON_CHECKS, *TEXT_CHECKS], ids=lambda check: check.__name__)
def test_every_check_has_a_violation_and_a_near_miss_planted(check: Check) -> None:
    plants = [plant for plant in PLANTS if plant.check is check]
    assert {bool(plant.lines) for plant in plants} == {True, False}


def test_a_library_imported_in_a_second_file_of_shared_is_found_there() -> None:
    first = planted("shared/http/calls.py", "import httpx")
    second = planted("shared/auth/tokens.py", "x = 1\nfrom httpx import AsyncClient")
    elsewhere = planted("tests/services/test_calls.py", "import httpx")
    assert check_one_file_of_shared([first, elsewhere]) == []
    (finding,) = check_one_file_of_shared([first, second, elsewhere])
    assert (finding.path, finding.line) == (second.path, 2)


def test_a_code_that_a_second_refusal_uses_is_found_there() -> None:
    first = planted("services/trade/ticket/rules.py", "class Overpaid(Refusal):\n    code = 'trade.overpaid'")
    second = planted("services/trade/order/rules.py", "class PaidTwice(Refusal):\n    code = 'trade.overpaid'")
    other = planted("services/trade/payment/rules.py", "class Unpaid(Refusal):\n    code = 'trade.unpaid'")
    assert check_codes_differ([first, other]) == []
    (finding,) = check_codes_differ([first, second, other])
    assert (finding.path, finding.line) == (second.path, 2)
    assert len(check_codes_differ([planted("shared/errors.py", f"{first.text}\n{second.text}")])) == 1


def test_the_tree_is_read_whole_and_nothing_else(tmp_path: Path) -> None:
    ours = (
        "services/trade/app.py",
        "tests/house/x.py",
        "Makefile",
        ".ci/run",
        "deploy/compose.yaml",
        "deploy/demo/data/a.json",
        "README.md",
    )
    not_ours = (
        "services/__pycache__/a.py",
        "deploy/kafka/libs/a.txt",
        "deploy/kafka/data/a.json",
        "deploy/.a/b.py",
        ".venv/a.py",
        "deploy/a.gz",
        "LICENSE",
    )
    for name in (*ours, *not_ours):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert {str(source.path) for source in text_sources(tmp_path)} == set(ours)
    assert {str(source.path) for source in python_sources(tmp_path)} == set(ours[:2])


def test_a_finding_says_where_what_and_how_to_mend_it() -> None:
    (finding,) = check_no_print(planted("shared/a.py", "x = 1\nprint(x)"))
    assert str(finding) == (
        "shared/a.py:2: `print`. Mend: use typer.echo or a rich console at the edge, structlog below it."
    )


def _assert_none(findings: list[Finding]) -> None:
    assert not findings, "\n" + "\n".join(map(str, findings))
