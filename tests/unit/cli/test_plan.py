"""Which processes make the platform, and what each is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.chassis.config import described, load
from services.chassis.errors import ConfigError
from services.chassis.provision import Dsns
from services.followup.config import Settings as FollowupSettings
from services.intake.config import Settings as IntakeSettings
from services.metrics.config import MetricsSettings
from services.resolution.config import Settings as ResolutionSettings
from services.standalone.demo import scenario
from services.standalone.demo.setting import accounts_document
from services.standalone.layout import SERVICES, Layout
from services.standalone.plan import LISTENERS, MAIL_FROM, Plan, Ports
from services.standalone.preparation import migrations_of, passwords
from services.standalone.stackfile import read_stack_file
from services.standalone.tenants import read_employees

SETTINGS = {
    "intake": IntakeSettings,
    "resolution": ResolutionSettings,
    "followup": FollowupSettings,
    "metrics": MetricsSettings,
}
URL = "postgresql://amends:secret@127.0.0.1:5432/postgres"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan on which nothing was started."""
    return Plan(
        ports=Ports.kept(tmp_path / "ports"),
        kafka_bootstrap="127.0.0.1:9092",
        databases={name: Dsns(f"{name}-owner", f"{name}-app", f"{name}-system") for name in SERVICES},
        thread_secret="secret",
        logs=tmp_path / "logs",
        base={"PATH": "/bin"},
    )


def test_every_service_is_a_process_of_its_own(plan: Plan) -> None:
    children = plan.children()
    assert [child.name for child in children] == list(SERVICES)
    assert [child.argv[1:] for child in children] == [["-m", f"services.{name}", "run"] for name in SERVICES]


def test_every_listener_has_a_port_of_its_own(plan: Plan) -> None:
    assert len({plan.ports.by_name[name] for name in LISTENERS}) == len(LISTENERS)


def test_ports_stay_from_one_start_to_the_next(tmp_path: Path) -> None:
    assert Ports.kept(tmp_path / "ports") == Ports.kept(tmp_path / "ports")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_all_its_settings_from_what_it_is_given(plan: Plan, service: str) -> None:
    settings = load(SETTINGS[service], plan.env_of(service))
    assert settings.app_dsn == f"{service}-app"
    assert settings.kafka_bootstrap == "127.0.0.1:9092"
    assert settings.grpc_bind == plan.ports.address(f"{service}.grpc")
    assert settings.admin_port == plan.ports.by_name[f"{service}.admin"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_not_told_of_other_databases_nor_of_the_owner(plan: Plan, service: str) -> None:
    env = plan.env_of(service)
    others = [value for name, value in env.items() if name.endswith("_DSN") and not value.startswith(service)]
    assert others == []
    assert f"AMENDS_{service.upper()}_OWNER_DSN" not in env


def test_nothing_planned_is_unknown_to_the_services(plan: Plan) -> None:
    known = {found.env for settings in SETTINGS.values() for _, found in described(settings)}
    assert {name for name in plan.platform_env() if name not in known} == set()


def test_receipts_come_back_to_the_tenants_hooks(plan: Plan) -> None:
    argv = replace(plan, tenant="harbour").provider_child().argv
    hook = argv[argv.index("--whatsapp-hook") + 1]
    assert hook == f"{plan.ports.url('intake.http')}/v1/hooks/harbour/whatsapp"


def test_without_the_recording_provider_outgoing_channels_stay_as_configured(plan: Plan) -> None:
    own = replace(plan, provider=False, settings={"AMENDS_FOLLOWUP_SMTP": "relay:25"})
    settings = load(FollowupSettings, own.env_of("followup"))
    assert (settings.smtp, settings.twilio_url) == ("relay:25", "https://api.twilio.com")


def test_settings_given_win_over_what_is_planned(plan: Plan) -> None:
    assert replace(plan, settings={"AMENDS_GRACE_S": "1"}).platform_env()["AMENDS_GRACE_S"] == "1"
    assert replace(plan, base={MAIL_FROM: "care@air.example"}).platform_env()[MAIL_FROM] == "care@air.example"


def test_answers_to_mails_in_the_platforms_own_name_have_a_mailbox(plan: Plan) -> None:
    accounts = scenario.load().accounts
    for also, boxes in (("", [accounts.mailbox]), (accounts.mailbox, [accounts.mailbox])):
        assert mailboxes(accounts_document("main", accounts, also)) == boxes
    own = plan.platform_env()[MAIL_FROM]
    assert mailboxes(accounts_document("main", accounts, own)) == [accounts.mailbox, own]


def mailboxes(document: dict[str, Any]) -> list[str]:
    return [one["account"] for one in document["accounts"] if one["provider"] == "mail"]


def test_two_platforms_on_one_server_agree_about_their_roles() -> None:
    assert passwords(URL, "intake", "one") == passwords(URL, "intake", "another")


def test_roles_have_passwords_of_their_own() -> None:
    made = [passwords(URL, service, "") for service in SERVICES]
    assert len({password for one in made for password in (one.owner, one.app, one.system)}) == 12


def test_a_superuser_without_a_password_needs_the_fallback() -> None:
    url = "postgresql://amends@127.0.0.1/postgres"
    assert passwords(url, "intake", "one") != passwords(url, "intake", "another")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_migrations(service: str) -> None:
    folder = migrations_of(service)
    assert folder is not None
    assert folder.is_dir()


def test_no_platform_runs_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_stack_file(Layout(tmp_path, tmp_path)) == {}


def test_employees_are_read_with_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "people.yaml"
    file.write_text("employees:\n  - {employee_id: ada, display_name: Ada Marsh, skills: [billing]}\n")
    (ada,) = read_employees(file)
    assert (ada.rank, ada.skills, ada.languages) == (0, ("billing",), ("en",))


@pytest.mark.parametrize("text", ["employees: [{employee_id: 1}]", "people: []", "[", "employees: {a: b}"])
def test_a_wrong_file_of_employees_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.yaml").write_text(text)
    with pytest.raises(ConfigError):
        read_employees(tmp_path / "people.yaml")
