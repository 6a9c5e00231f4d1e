"""deploy/k8s is valid, restricted, and names what the code and docker-compose.yml name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.chassis import topics
from services.chassis.config import described, load
from services.followup.adapters import subscriptions as followup
from services.intake.adapters import parting as intake
from services.metrics.adapters.stream import component as metrics
from services.resolution.adapters import subscriptions as resolution
from tests.contract.deploy_files import (
    BASE,
    DEV,
    MONITORED,
    ROOT,
    SERVICES,
    SETTINGS,
    Resource,
    compose,
    containers,
    environment,
    name_of,
    of_kind,
    plain_environment,
    pod_labels,
    pod_of,
    rendered,
    rendered_here,
    secret_environment,
    selects,
)

# The oldest we run on and the newest there is; strict: a field that nobody knows is an error.
VERSIONS = ("1.32", "1.36")
WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")
# Ports of what lies outside: Kafka, PostgreSQL, the collector
SERVERS = {9092, 5432, 4318}


def base() -> list[Resource]:
    return rendered(BASE)


def deployment(service: str) -> Resource:
    return of_kind(base(), "Deployment")[service]


def container_of(resource: Resource) -> dict[str, Any]:
    (only,) = containers(resource)
    return only


def settings_in(resource: Resource) -> tuple[dict[str, str], dict[str, tuple[str, str, bool]]]:
    """Plain and secret variables of a service's container."""
    container = container_of(resource)
    return plain_environment(base(), container), secret_environment(container)


# --------------------------------------------------------------------------------------------------- validity
@pytest.mark.parametrize("folder", [BASE, DEV, MONITORED], ids=["base", "dev", "monitored"])
def test_our_reading_of_the_kustomization_is_kubectls(folder: Path) -> None:
    def place(one: Resource) -> tuple[str, str]:
        return one["kind"], name_of(one)

    assert sorted(rendered_here(folder), key=place) == sorted(rendered(folder), key=place)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", [BASE, DEV], ids=["base", "dev"])
def test_every_resource_is_valid_by_schema(folder: Path, version: str) -> None:
    for one in rendered(folder):
        kubernetes_validate.validate(one, version, strict=True)


def test_a_watched_platform_sends_its_traces_to_a_collector_that_lets_it_in() -> None:
    resources = rendered(MONITORED)
    collector = of_kind(resources, "Deployment")["collector"]
    for version in VERSIONS:
        kubernetes_validate.validate(collector, version, strict=True)
    service = of_kind(resources, "Service")["collector"]
    (port,) = service["spec"]["ports"]
    endpoint = of_kind(resources, "ConfigMap")["amends-platform"]["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert endpoint == f"http://{name_of(service)}:{port['port']}"
    assert selects({"matchLabels": service["spec"]["selector"]}, pod_labels(collector))
    (guest,) = of_kind(resources, "NetworkPolicy")["collector"]["spec"]["ingress"][0]["from"]
    pods = {name: pod_labels(one) for name, one in of_kind(resources, "Deployment").items()}
    assert {name for name, labels in pods.items() if selects(guest["podSelector"], labels)} == set(SERVICES)
    config = yaml.safe_load(of_kind(resources, "ConfigMap")["amends-collector"]["data"]["config.yaml"])
    heard = config["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    health = config["extensions"]["health_check"]["endpoint"]
    ports = {one["name"]: one["containerPort"] for one in container_of(collector)["ports"]}
    assert {f"0.0.0.0:{ports['otlp-http']}", f"0.0.0.0:{ports['health']}"} == {heard, health}
    assert container_of(collector)["image"] == compose()["services"]["collector"]["image"]


def test_the_schema_is_asked_strictly() -> None:
    broken = {**deployment("intake"), "spec": {**deployment("intake")["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[0], strict=True)


def test_every_file_belongs_to_a_kustomization() -> None:
    files = {file.relative_to(BASE).as_posix() for file in BASE.rglob("*.yaml")}
    listed = set(
        re.findall(r"^  - (\S+)$", "\n".join(one.read_text() for one in BASE.rglob("kustom*")), re.M)
    )
    assert {Path(file).name for file in files} - {"kustomization.yaml"} == {
        name for name in listed if name.endswith(".yaml")
    }


# -------------------------------------------------------------------------------------- what each service has
@pytest.mark.parametrize("kind", ["Deployment", "Service", "PodDisruptionBudget"])
def test_every_service_has_one_of_each_and_nothing_else_has(kind: str) -> None:
    assert set(SERVICES) == of_kind(base(), kind).keys()


@pytest.mark.parametrize("kind", ["NetworkPolicy", "ServiceAccount"])
def test_every_service_has_its_own_edges_and_account(kind: str) -> None:
    assert set(SERVICES) <= of_kind(base(), kind).keys()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_probed_on_its_admin_port(service: str) -> None:
    container = container_of(deployment(service))
    paths = {
        probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": {"path": "/startupz", "port": "admin"},
        "livenessProbe": {"path": "/livez", "port": "admin"},
        "readinessProbe": {"path": "/readyz", "port": "admin"},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_what_selects_pods_selects_the_service_and_nothing_else(service: str) -> None:
    resources = base()
    labels = pod_labels(deployment(service))
    others = [pod_labels(one) for one in resources if pod_of(one) and name_of(one) != service]
    selectors = [
        of_kind(resources, "Service")[service]["spec"]["selector"],
        deployment(service)["spec"]["selector"]["matchLabels"],
        of_kind(resources, "PodDisruptionBudget")[service]["spec"]["selector"]["matchLabels"],
        of_kind(resources, "NetworkPolicy")[service]["spec"]["podSelector"]["matchLabels"],
    ]
    for selector in selectors:
        assert selects({"matchLabels": selector}, labels)
        assert not any(selects({"matchLabels": selector}, other) for other in others)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_lose_one_pod_at_a_time(service: str) -> None:
    spec = deployment(service)["spec"]
    assert of_kind(base(), "PodDisruptionBudget")[service]["spec"]["maxUnavailable"] == 1
    if spec["replicas"] > 1:
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        spread = pod_of(deployment(service))["topologySpreadConstraints"]
        assert {one["topologyKey"] for one in spread} >= {"kubernetes.io/hostname"}
        assert all(selects(one["labelSelector"], pod_labels(deployment(service))) for one in spread)


def test_metrics_is_one_process_that_gives_way_to_the_next() -> None:
    spec = deployment("metrics")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


# ------------------------------------------------------------------------------------------------ restriction
def pods() -> list[Resource]:
    return [one for one in rendered(DEV) if one["kind"] in WORKLOADS]


@pytest.mark.parametrize("resource", pods(), ids=lambda one: f"{one['kind']}-{name_of(one)}")
def test_every_pod_keeps_to_the_restricted_standard(resource: Resource) -> None:
    pod = pod_of(resource)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not any(pod.get(host) for host in ("hostNetwork", "hostPID", "hostIPC"))
    assert {kind for volume in pod.get("volumes", []) for kind in volume} <= {"name", "emptyDir"}
    for container in containers(resource):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["image"].startswith("apache/kafka:") or context["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("resource", pods(), ids=lambda one: f"{one['kind']}-{name_of(one)}")
def test_every_container_says_what_it_needs_and_is_not_throttled(resource: Resource) -> None:
    for container in containers(resource):
        resources = container["resources"]
        assert resources["requests"].keys() == {"cpu", "memory"}
        assert resources["limits"] == {"memory": resources["requests"]["memory"]}


def test_the_namespace_enforces_the_restricted_standard() -> None:
    labels = of_kind(base(), "Namespace")["amends"]["metadata"]["labels"]
    modes = {mode: labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")}
    assert set(modes.values()) == {"restricted"}
    assert {one["metadata"].get("namespace") for one in base() if one["kind"] != "Namespace"} == {"amends"}


def test_no_account_may_speak_with_the_cluster() -> None:
    accounts = of_kind(base(), "ServiceAccount")
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())
    used = {pod_of(one)["serviceAccountName"] for one in base() if pod_of(one)}
    assert used == accounts.keys()


def test_everything_is_closed_but_the_edges_that_are_named() -> None:
    policies = of_kind(base(), "NetworkPolicy")
    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for one in base():
        if pod_of(one):
            labels = pod_labels(one)
            named = [
                name
                for name, policy in policies.items()
                if policy["spec"]["podSelector"] and selects(policy["spec"]["podSelector"], labels)
            ]
            assert len(named) == 1, f"{name_of(one)}: {named}"


@pytest.mark.parametrize("service", SERVICES)
def test_the_edges_lead_to_ports_that_are_there(service: str) -> None:
    spec = of_kind(base(), "NetworkPolicy")[service]["spec"]
    names = {port["name"] for port in container_of(deployment(service))["ports"]}
    assert {port["port"] for rule in spec["ingress"] for port in rule["ports"]} == names
    assert all(rule["from"] for rule in spec["ingress"])
    outside = {port["port"] for rule in spec["egress"] for port in rule["ports"]}
    bootstrap = int(settings_in(deployment(service))[0]["KAFKA_BOOTSTRAP"].rpartition(":")[2])
    assert {bootstrap, *SERVERS} <= outside
    assert (outside == SERVERS) == (service not in {"followup", "intake"})


# --------------------------------------------------------------------------------------- settings and secrets
def workload_of(service: str, job: bool) -> Resource:
    return of_kind(base(), "Job")[f"{service}-migrate"] if job else deployment(service)


@pytest.mark.parametrize("job", [False, True], ids=["service", "migration"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_given_settings_that_exist_and_accepts_them(service: str, job: bool) -> None:
    plain, secret = settings_in(workload_of(service, job))
    known = {setting.env: setting for _, setting in described(SETTINGS[service])}
    assert (plain.keys() | secret.keys()) - known.keys() == set()
    assert {name for name in plain if known[name].secret} == set(), "a secret in a ConfigMap"
    settings = load(SETTINGS[service], plain | {name: f"postgresql://{name}" for name in secret})
    assert settings.app_dsn
    assert settings.system_dsn
    assert bool(settings.owner_dsn) == job
    assert bool(settings.superuser_url) == job


@pytest.mark.parametrize("service", SERVICES)
def test_a_secrets_key_is_the_variables_name(service: str) -> None:
    for job in (False, True):
        _, secret = settings_in(workload_of(service, job))
        assert {name: key for name, (_, key, _) in secret.items()} == {name: name for name in secret}


def test_a_desks_cluster_has_every_secret() -> None:
    resources = rendered(DEV)
    made = {(name, key) for name, one in of_kind(resources, "Secret").items() for key in one["data"]}
    wanted = {
        (secret, key)
        for one in resources
        for container in containers(one)
        for secret, key, optional in secret_environment(container).values()
        if not optional
    }
    assert wanted <= made


@pytest.mark.parametrize("service", SERVICES)
def test_containers_listen_where_compose_has_them_listen(service: str) -> None:
    plain, _ = settings_in(deployment(service))
    composed = environment(compose()["services"][service])
    listening = {name for name in composed if name.endswith(("_BIND", "_ADMIN_PORT"))} | {"AMENDS_ADMIN_HOST"}
    assert {name: plain.get(name) for name in listening} == {name: composed[name] for name in listening}
    ports = {int(plain[name].rpartition(":")[2]) for name in listening - {"AMENDS_ADMIN_HOST"}}
    container, exposed = (
        container_of(deployment(service)),
        of_kind(base(), "Service")[service]["spec"]["ports"],
    )
    assert {port["containerPort"] for port in container["ports"]} == ports
    assert {port["port"] for port in exposed} == ports
    assert all(port["targetPort"] == port["name"] for port in exposed)


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_has_the_time_it_needs_to_stop(service: str) -> None:
    plain, secret = settings_in(deployment(service))
    settings = load(SETTINGS[service], plain | dict.fromkeys(secret, "x"))
    assert settings.pre_stop_s > 0
    patience = pod_of(deployment(service))["terminationGracePeriodSeconds"]
    assert patience >= settings.pre_stop_s + settings.grace_s + 15


# --------------------------------------------------------------------------------- topics, image, preparation
@pytest.mark.parametrize("service", SERVICES)
def test_the_annotations_name_the_topics_of_topics_yaml(service: str) -> None:
    told = deployment(service)["metadata"]["annotations"]
    labels = compose()["services"][service]["labels"]
    known = topics.load()
    assert told["amends/publishes"].split(",") == [one.name for one in known if one.owner == service]
    assert told["amends/publishes"] == labels["amends.publishes"]
    assert told["amends/consumes"] == labels["amends.consumes"]


def test_the_code_reads_and_writes_the_topics_of_topics_yaml() -> None:
    readers = {one.name: set(one.consumers) for one in topics.load()}
    code = {
        intake.GROUP: set(intake.TOPICS),
        resolution.GROUP: set(resolution.TOPICS),
        followup.GROUP: set(followup.TOPICS),
        metrics.GROUP: {*metrics.SOURCES, metrics.FACTS},
    }
    assert {group: {name for name in readers if group in readers[name]} for group in code} == code
    assert {group for groups in readers.values() for group in groups} == code.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_the_code_names_no_topic_beyond_topics_yaml(service: str) -> None:
    known = {one.name: one for one in topics.load()}
    folder = ROOT / "services" / service
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py")))
    named = set(re.findall(r'"(amends\.[a-z]+\.[a-z]+\.v\d+)"', text))
    assert named - known.keys() == set()
    assert {name for name, topic in known.items() if topic.owner == service} <= named


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_migrated_by_a_job_of_its_own(service: str) -> None:
    job = of_kind(base(), "Job")[f"{service}-migrate"]
    assert container_of(job)["command"] == compose()["services"][f"migrate-{service}"]["command"]
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    assert pod_of(job)["restartPolicy"] == "OnFailure"


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_runs_what_compose_runs(service: str) -> None:
    assert container_of(deployment(service))["command"] == compose()["services"][service]["command"]


def test_topics_are_created_by_a_job() -> None:
    command = container_of(of_kind(base(), "Job")["topics"])["command"]
    assert command == compose()["services"]["topics"]["command"]


def test_all_pods_run_the_images_of_compose() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    images = {container["image"] for one in base() for container in containers(one)}
    assert images == {f"amends:{version}"}
    servers = {
        name: container_of(one)["image"] for name, one in of_kind(rendered(DEV), "StatefulSet").items()
    }
    assert servers == {name: compose()["services"][name]["image"] for name in ("kafka", "postgres", "amends")}


def test_a_recount_of_the_last_days_waits_to_be_wanted_and_is_what_compose_runs() -> None:
    job = of_kind(base(), "CronJob")["recount"]
    assert job["spec"]["suspend"] is True
    container, composed = container_of(job), compose()["services"]["recount"]
    assert [*container["command"], *container["args"]] == composed["command"]
    given = {**plain_environment(base(), container), **secret_environment(container)}
    assert given.keys() == environment(composed).keys()


def test_the_command_line_is_there_with_every_database_and_does_not_run() -> None:
    tools = of_kind(base(), "StatefulSet")["amends"]
    assert tools["spec"]["replicas"] == 0
    composed = environment(compose()["services"]["amends"])
    container = container_of(tools)
    given = {**plain_environment(base(), container), **secret_environment(container)}
    assert composed.keys() - given.keys() == {"AMENDS_TOKEN"}
    same = {name for name in composed if name.endswith("_BIND")}
    assert {name: given[name] for name in same} == {name: composed[name] for name in same}
