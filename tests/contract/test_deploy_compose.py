"""docker-compose.yml is valid, and names what the code names: settings, ports, topics, roles, images."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.chassis import topics
from services.chassis.config import described, load
from services.chassis.provision import Dsns
from services.chassis.service import Role
from services.chassis.testing.servers import KAFKA_IMAGE, POSTGRES_IMAGE
from services.standalone.kafka import server_properties
from services.standalone.plan import LISTENERS, MAIL_FROM, PROVIDER_SECRETS, PROVIDER_TWILIO_SID, Plan, Ports
from tests.contract.deploy_files import COMPOSE_FILE, ROOT, SERVICES, SETTINGS, compose, environment

# These end by themselves, or hold no program that could ask.
NO_HEALTH_CHECK = {"collector"}
PREPARATION_ONLY = {"owner_dsn", "superuser_url"}
PUBLISHED = {"intake": {"http_bind", "smtp_bind", "lmtp_bind"}}


def composed() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = compose()["services"]
    return services


def runs_on(name: str) -> bool:
    """Whether the container stays up, by its restart policy."""
    return composed()[name]["restart"] == "unless-stopped"


LONG_LIVED = sorted(name for name in composed() if runs_on(name))
OURS = sorted(name for name, service in composed().items() if service["image"].startswith("amends:"))


def variables(service: str, *, preparation: bool) -> set[str]:
    """The variables of a service's settings; those that only `migrate` reads on request."""
    return {
        setting.env
        for field, setting in described(SETTINGS[service])
        if preparation or field not in PREPARATION_ONLY
    }


def planned(service: str) -> dict[str, str]:
    """What `amends up` gives the same process, beyond what it inherits."""
    ports = Ports({name: 20000 + number for number, name in enumerate(LISTENERS)})
    databases = {one: Dsns("postgresql://o", "postgresql://a", "postgresql://s") for one in SERVICES}
    plan = Plan(ports, "127.0.0.1:1", databases, "secret", Path("logs"), base={})
    return {
        name: value
        for name, value in plan.env_of(service).items()
        if name in variables(service, preparation=True)
    }


def test_it_is_valid_by_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*check, str(COMPOSE_FILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------------------------------------------
# settings
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_given_every_setting_and_no_other(service: str) -> None:
    assert environment(composed()[service]).keys() == variables(service, preparation=False)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_accepts_the_environment(service: str) -> None:
    settings = load(SETTINGS[service], environment(composed()[service]))
    assert settings.admin_host == "0.0.0.0"  # noqa: S104 - inside a container
    assert settings.app_dsn
    assert settings.system_dsn


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_set_here_beyond_defaults_is_what_one_machine_sets(service: str) -> None:
    given = {name for name, value in environment(composed()[service]).items() if value}
    expected = {name for name, value in planned(service).items() if value}
    # One machine stops faster, its admin address is the default, and so is the mailbox that its tools know;
    # containers keep the default grace.
    assert given - {"AMENDS_ADMIN_HOST"} == expected - {"AMENDS_GRACE_S", MAIL_FROM}


@pytest.mark.parametrize("service", SERVICES)
def test_a_variable_of_the_caller_reaches_the_service(service: str) -> None:
    level = {"AMENDS_LOG_LEVEL": "debug", "AMENDS_GRACE_S": "7.5"}
    settings = load(SETTINGS[service], environment(compose(level)["services"][service]))
    assert (settings.log_level, settings.grace_s) == ("debug", 7.5)


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_migration_is_told_how_to_connect_as_the_owner(service: str) -> None:
    migration = composed()[f"migrate-{service}"]
    assert environment(migration).keys() == variables(service, preparation=True)
    settings = load(SETTINGS[service], environment(migration))
    dsns = {"owner": settings.owner_dsn, "app": settings.app_dsn, "system": settings.system_dsn}
    for kind, dsn in dsns.items():
        parts = urlsplit(dsn)
        assert (parts.username, parts.path) == (f"amends_{service}_{kind}", f"/amends_{service}")
        assert parts.hostname == "postgres"
    assert len({urlsplit(dsn).password for dsn in dsns.values()}) == len(dsns)
    superuser = urlsplit(settings.superuser_url)
    assert superuser.password == environment(composed()["postgres"])["POSTGRES_PASSWORD"]


def test_the_services_that_sign_and_prove_share_the_secret() -> None:
    signs = environment(composed()["followup"])["AMENDS_THREAD_SECRET"]
    assert signs == environment(composed()["intake"])["AMENDS_THREAD_SECRET"]


def test_the_command_line_reaches_every_database() -> None:
    given = environment(composed()["amends"])
    wanted = {f"AMENDS_{one.upper()}_{kind}_DSN" for one in SERVICES for kind in ("APP", "SYSTEM")}
    assert wanted <= given.keys()
    for service in SERVICES:
        name = f"AMENDS_{service.upper()}_APP_DSN"
        assert given[name] == environment(composed()[service])[name]


def test_what_goes_to_customers_goes_to_the_recording_provider_first() -> None:
    provider, followup = composed()["provider"], environment(composed()["followup"])
    assert environment(provider) == PROVIDER_SECRETS
    assert followup["AMENDS_FOLLOWUP_TWILIO_ACCOUNT_SID"] == PROVIDER_TWILIO_SID
    for name in ("TWILIO_AUTH_TOKEN", "META_ACCESS_TOKEN"):
        assert followup[f"AMENDS_FOLLOWUP_{name}"] == PROVIDER_SECRETS[f"AMENDS_PROVIDER_{name}"]
    arguments = dict(part.split("=", 1) for part in provider["command"] if part.startswith("--"))
    assert followup["AMENDS_FOLLOWUP_SMTP"] == f"provider:{arguments['--smtp-port']}"
    assert followup["AMENDS_FOLLOWUP_TWILIO_URL"] == f"http://provider:{arguments['--port']}"
    public = environment(composed()["intake"])["AMENDS_PUBLIC_BASE_URL"]
    assert arguments["--whatsapp-hook"].startswith(f"{public}/v1/hooks/")
    assert followup["AMENDS_FOLLOWUP_TWILIO_STATUS_CALLBACK"].startswith(f"{public}/v1/hooks/{{tenant}}/")


# ---------------------------------------------------------------------------------------------------------
# ports
def published(name: str) -> list[tuple[str, str, int]]:
    """Address, port on the host, port in the container."""
    ports = [str(port).rsplit(":", 2) for port in composed()[name].get("ports", [])]
    return [(address, outside, int(inside)) for address, outside, inside in ports]


@pytest.mark.parametrize("service", SERVICES)
def test_every_listener_of_a_service_is_published(service: str) -> None:
    settings = load(SETTINGS[service], environment(composed()[service]))
    binds = ["grpc_bind", *PUBLISHED.get(service, ())]
    listening = {int(getattr(settings, bind).rpartition(":")[2]) for bind in binds} | {settings.admin_port}
    assert {inside for _, _, inside in published(service)} == listening


def test_no_two_containers_want_one_port_and_all_stay_on_this_machine() -> None:
    everything = [port for name in composed() for port in published(name)]
    outside = [port for _, port, _ in everything]
    assert len(outside) == len(set(outside))
    assert {address for address, _, _ in everything} == {"127.0.0.1"}


# -------------------------------------------------------------------------------------------- topics and
# servers
@pytest.mark.parametrize("service", SERVICES)
def test_the_labels_name_the_topics_of_topics_yaml(service: str) -> None:
    labels, known = composed()[service]["labels"], topics.load()
    assert labels["amends.publishes"].split(",") == [one.name for one in known if one.owner == service]
    consumed = [one.name for one in known if service in one.consumers]
    assert [name for name in labels["amends.consumes"].split(",") if name] == consumed


def test_topics_are_created_by_the_same_command_as_everywhere() -> None:
    assert composed()["topics"]["command"] == ["amends", "topics", "apply"]


def test_the_broker_is_set_up_like_the_embedded_one() -> None:
    given = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in environment(composed()["kafka"]).items()
    }
    embedded = dict(
        line.split("=", 1) for line in server_properties(Path("data"), 9092, 29093).splitlines() if line
    )
    same = {key for key in given if key in embedded and "listener" not in key}
    assert {key: given[key] for key in same - {"log.dirs", "controller.quorum.voters"}} == {
        key: embedded[key] for key in same - {"log.dirs", "controller.quorum.voters"}
    }
    assert {"auto.create.topics.enable", "offsets.topic.replication.factor", "process.roles"} <= same


def test_every_client_uses_the_listener_that_answers_with_the_containers_name() -> None:
    advertised = environment(composed()["kafka"])["KAFKA_ADVERTISED_LISTENERS"].split(",")
    told = {one.partition("://")[2] for one in advertised}
    clients = {
        name: environment(service)["KAFKA_BOOTSTRAP"]
        for name, service in composed().items()
        if "KAFKA_BOOTSTRAP" in environment(service)
    }
    assert set(clients) >= {*SERVICES, "topics", "amends"}
    assert set(clients.values()) == {"kafka:19092"} <= told


def test_the_servers_are_the_ones_that_the_tests_run_on() -> None:
    images = {name: composed()[name]["image"] for name in ("kafka", "postgres")}
    assert images == {"kafka": KAFKA_IMAGE, "postgres": POSTGRES_IMAGE}


def test_one_image_of_this_version_serves_all() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert {composed()[name]["image"] for name in OURS} == {f"amends:{version}"}
    assert set(OURS) >= {*SERVICES, "topics", "provider", "amends", *(f"migrate-{one}" for one in SERVICES)}
    builds = {composed()[name]["build"]["dockerfile"] for name in OURS}
    assert all((ROOT / dockerfile).is_file() for dockerfile in builds)


# --------------------------------------------------------------------------------------------------- how
# they run
@pytest.mark.parametrize(
    "name", [name for name in OURS if composed()[name].get("command", [""])[0] == "python"]
)
def test_a_container_runs_a_module_that_is_there_in_a_role_that_it_knows(name: str) -> None:
    _, _, module, *rest = composed()[name]["command"]
    assert importlib.util.find_spec(module) is not None
    if module.removeprefix("services.") in SERVICES:
        roles = ["migrate"] if name.startswith("migrate-") else [Role.RUN.value]
        assert rest == roles or (name, rest[0]) == ("recount", "recount")


@pytest.mark.parametrize("name", LONG_LIVED)
def test_what_stays_up_is_watched(name: str) -> None:
    check = composed()[name].get("healthcheck")
    assert (check is None) == (name in NO_HEALTH_CHECK)
    if name in SERVICES:
        port = environment(composed()[name])[f"AMENDS_{name.upper()}_ADMIN_PORT"]
        assert f"http://127.0.0.1:{port}/readyz" in check["test"][-1]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_when_servers_answer_and_preparation_is_done(service: str) -> None:
    assert composed()[service]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "postgres": {"condition": "service_healthy"},
        "topics": {"condition": "service_completed_successfully"},
        f"migrate-{service}": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_time_it_needs_to_stop(service: str) -> None:
    settings = load(SETTINGS[service], environment(composed()[service]))
    assert seconds(composed()[service]["stop_grace_period"]) >= settings.pre_stop_s + settings.grace_s + 15


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text[:-1])


@pytest.mark.parametrize("name", [*OURS, "collector"])
def test_our_containers_are_confined(name: str) -> None:
    container = composed()[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(composed()))
def test_no_container_can_take_the_whole_machine(name: str) -> None:
    container: Mapping[str, Any] = composed()[name]
    assert container["deploy"]["resources"]["limits"].keys() >= {"memory", "pids"}
    assert "stop_grace_period" in container
    assert container["logging"]["options"].keys() == {"max-size", "max-file"}
