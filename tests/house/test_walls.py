"""The import contracts hold, and each of them is seen to fail."""

from pathlib import Path

import pytest

from tests.house.miniature import NOUNS, PREFIX, build, children, contract_ids, contracts, lint
from tests.house.source import ROOT

BREAD = "services.bakery.bread"
CAKE = "services.bakery.cake"

# Contract → wrong imports, all of which it must name. What it names in other words stands in NAMED.
PLANTED: dict[str, tuple[tuple[str, str], ...]] = {
    "roots": (
        ("shared.money", f"{BREAD}.rules"),
        ("shared.ids", "deploy.kafka.broker"),
        ("services.mill.flour.actions", "deploy.demo.chain"),
    ),
    "services": (
        ("services.mill.flour.actions", f"{CAKE}.actions"),
        ("services.bakery.app", "services.mill.app"),
    ),
    "suite": (
        ("deploy.demo.chain", "services.mill.app"),
        ("deploy.emulator.wecom", f"{BREAD}.rules"),
        ("deploy.kafka.broker", f"{BREAD}.tables"),
    ),
    "noun": (
        (f"{BREAD}.rules", f"{BREAD}.tables"),
        (f"{BREAD}.tables", f"{BREAD}.queries"),
        (f"{BREAD}.schemas", f"{BREAD}.queries"),
        (f"{BREAD}.queries", f"{BREAD}.actions"),
        (f"{BREAD}.actions", f"{BREAD}.flows"),
        (f"{BREAD}.flows", f"{BREAD}.jobs"),
        (f"{BREAD}.jobs", f"{BREAD}.consumers"),
        (f"{BREAD}.arithmetic", "shared.money"),
    ),
    "doors": (
        (f"{CAKE}.jobs", f"{BREAD}.api"),
        (f"{CAKE}.actions", f"{BREAD}.consumers"),
        ("deploy.suite.command", f"{BREAD}.jobs"),
    ),
    "flows": ((f"{CAKE}.actions", f"{BREAD}.flows"),),
    "actions": (
        (f"{CAKE}.queries", f"{BREAD}.actions"),
        (f"{CAKE}.rules", f"{BREAD}.actions"),
        ("deploy.suite.command", f"{CAKE}.actions"),
    ),
    "peers": (
        (f"{BREAD}.actions", "services.bakery.peers"),
        (f"{BREAD}.jobs", "services.bakery.peers"),
    ),
    "rules": (
        (f"{BREAD}.rules", "sqlalchemy"),
        (f"{CAKE}.rules", "fastapi"),
        (f"{CAKE}.rules", "pydantic"),
        (f"{BREAD}.rules", "shared.db.database"),
        (f"{CAKE}.rules", "shared.clock"),
        (f"{CAKE}.rules", "shared.bus.reader"),
    ),
    "shared": (
        ("shared.bus.reader", "shared.app"),
        ("shared.log.append", "shared.http.calls"),
        ("shared.db.database", "shared.log.append"),
        ("shared.events.event", "shared.db.database"),
        ("shared.money", "shared.events.event"),
        ("shared.folklore", "shared.money"),
    ),
    "cycles": (
        (f"{CAKE}.rules", f"{BREAD}.rules"),
        ("shared.words", "shared.errors"),
    ),
}
NAMED = {
    f"{BREAD}.arithmetic": "- services.bakery.bread.arithmetic",
    "shared.folklore": "- shared.folklore",
    "shared.words": "No cycles are allowed in shared.",
}


def test_the_imports_of_the_tree_keep_every_contract() -> None:
    verdict = lint(ROOT)
    assert verdict.kept, verdict.report


def test_the_healthy_miniature_keeps_every_contract(tmp_path: Path) -> None:
    build(tmp_path)
    verdict = lint(tmp_path)
    assert verdict.kept, verdict.report


@pytest.mark.parametrize("contract", PLANTED)
def test_a_contract_names_each_wrong_import(contract: str, tmp_path: Path) -> None:
    build(tmp_path, PLANTED[contract])
    verdict = lint(tmp_path, contract)
    assert not verdict.kept
    for importer, imported in PLANTED[contract]:
        phrase = NAMED.get(importer, f"{importer} -> {imported}")
        if contract == "cycles" and importer not in NAMED:
            phrase = "No cycles are allowed in services.bakery."
        assert phrase in verdict.report, verdict.report


def test_every_contract_has_its_wrong_imports_planted() -> None:
    assert [name for name in contract_ids(contracts()) if not name.startswith(NOUNS)] == list(PLANTED)


def test_every_service_orders_its_nouns() -> None:
    parser = contracts()
    for service in _services_with_nouns():
        section = f"{PREFIX}{NOUNS}{service}"
        assert section in parser, (
            f"services/{service} has nouns in no order. Mend: add [{section}] to .importlinter: type layers, "
            f"containers services.{service}, its (app), nouns and (peers) from caller to called, exhaustive"
        )
        assert parser[section]["containers"].split() == [f"services.{service}"]
        assert parser[section].getboolean("exhaustive")


def test_the_order_of_each_services_nouns_is_seen_to_fail(tmp_path: Path) -> None:
    orders = [name for name in contract_ids(contracts()) if name.startswith(NOUNS)]
    services = [order.removeprefix(NOUNS) for order in orders]
    ends = {service: children(contracts(), service) for service in services}
    build(tmp_path, [(f"services.{it}.{end[-1]}.it", f"services.{it}.{end[0]}") for it, end in ends.items()])
    report = lint(tmp_path, *orders).report
    for it, end in ends.items():
        assert f"services.{it}.{end[-1]} is not allowed to import services.{it}.{end[0]}" in report, report


def _services_with_nouns() -> list[str]:
    rules = (ROOT / "services").glob("*/*/*.py")
    return sorted({path.parts[-3] for path in rules if path.parts[-2] not in ("migrations", "__pycache__")})
