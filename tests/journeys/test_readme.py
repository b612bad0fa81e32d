"""What the README shows is what happens."""

import asyncio
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from deploy.ports import free_ports
from deploy.suite.serve import listening
from tests.services.directory.organisation import opened
from tests.world import World

README = Path(__file__).parents[2] / "README.md"
DEMO_STANDS_AT = datetime(2017, 11, 18, 14, 0, tzinfo=UTC)


def shown(pattern: str) -> str:
    """What stands in the README."""
    found = re.search(pattern, README.read_text(), re.DOTALL)
    assert found is not None, pattern
    return found[1]


async def with_a_till(world: World, folder: Path) -> None:
    """A till of a shop that sells what the README sells, its credential where the demo leaves one."""
    organisation = await opened(world)
    till = await organisation.till((await organisation.shop())["shop_id"])
    goods = {"skus": [{"sku": "1029743", "name": "bread", "product_class": "food"}]}
    assert (await organisation.head_office.post("/directory/v1/skus:save", json=goods)).is_success
    await world.settled()
    issued = await organisation.till_credential(till["till_id"])
    grant = {"grant": "device", "credential_id": issued["credential_id"], "secret": issued["secret"]}
    (folder / ".siyu" / "demo").mkdir(parents=True)
    (folder / ".siyu" / "demo" / "till.json").write_text(json.dumps(grant))


async def printed(script: str, folder: Path) -> str:
    """What bash prints of it."""
    options = {"cwd": folder, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    bash = await asyncio.create_subprocess_exec("bash", "-euo", "pipefail", "-c", script, **options)  # type: ignore[arg-type]  # told apart by name
    said, complained = await bash.communicate()
    assert bash.returncode == 0, complained.decode()
    return said.decode()


async def test_the_readmes_lines_post_a_ticket_and_print_what_it_shows(world: World, tmp_path: Path) -> None:
    for tool in ("bash", "curl", "python3"):
        assert shutil.which(tool), (
            f"the README's first ticket is posted with {tool}, which this machine lacks: install it"
        )
    await with_a_till(world, tmp_path)
    world.clock.at = DEMO_STANDS_AT
    port, metrics_port = free_ports(2)
    told = world.scratch.settings.model_copy(update={"port": port, "metrics_port": metrics_port})
    script = shown(r"```sh\n(TOKEN=.*?)\n```").replace("localhost:8080", f"localhost:{port}")
    async with listening(world.suite, told):
        answers = [await printed(script, tmp_path) for _ in range(2)]
    begin, end = shown(r"```json\n(\{\"status\".*?)\n```").split("…")
    assert answers[0] == answers[1]
    assert answers[0].startswith(begin)
    assert answers[0].endswith(end)


async def test_the_documentation_pages_need_nothing_from_elsewhere(world: World) -> None:
    for name in world.suite.running:
        page = await world.client().get(f"/{name.replace('_', '-')}/docs")
        assert page.status_code == 200
        needed = re.findall(r"(?:src|href|url)(?:=|: )[\"']([^\"']+)", page.text)
        assert len(needed) == 4, needed  # style, icon, script, and the OpenAPI document
        for path in needed:
            assert path.startswith("/"), path
            assert (await world.client().get(path)).status_code == 200, path


def test_every_make_verb_in_the_readme_exists() -> None:
    makefile = (README.parent / "Makefile").read_text()
    verbs = set(re.findall(r"^(?:    )?make ([a-z-]+)|`make ([a-z-]+)", README.read_text(), re.MULTILINE))
    for verb in {first or second for first, second in verbs}:
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb


def test_every_service_is_in_the_readmes_table() -> None:
    services = {path.parent.name for path in (README.parent / "services").glob("*/app.py")}
    rows = set(re.findall(r"^\| ([a-z-]+) \S+ \|", README.read_text(), re.MULTILINE))
    assert {name.replace("_", "-") for name in services} <= rows
