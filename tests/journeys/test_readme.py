"""What the README shows is what happens."""

import re
from pathlib import Path

from shared.ids import new_id
from tests.world import Chain

README = Path(__file__).parents[2] / "README.md"


async def test_the_readmes_first_ticket_is_taken_as_it_stands_there(chain: Chain) -> None:
    ticket = re.search(r"<<'TICKET'\n(.*?)\nTICKET", README.read_text(), re.DOTALL)
    assert ticket is not None
    shown = re.search(r"```json\n(\{\"status\".*?)\n```", README.read_text(), re.DOTALL)
    assert shown is not None
    till = chain.till(new_id())
    answers = [await till.post("/trade/v1/tickets", content=ticket[1].encode()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert set(answers[0].json()) >= {"status", "ticket_id"}


def test_every_make_verb_in_the_readme_exists() -> None:
    makefile = (README.parent / "Makefile").read_text()
    verbs = set(re.findall(r"^(?:    )?make ([a-z-]+)|`make ([a-z-]+)", README.read_text(), re.MULTILINE))
    for verb in {first or second for first, second in verbs}:
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb


def test_every_service_is_in_the_readmes_table() -> None:
    services = {path.parent.name for path in (README.parent / "services").glob("*/app.py")}
    rows = set(re.findall(r"^\| ([a-z-]+) \S+ \|", README.read_text(), re.MULTILINE))
    assert {name.replace("_", "-") for name in services} <= rows
