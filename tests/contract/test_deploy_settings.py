"""`.env.example` names every setting there is, and nothing else."""

from __future__ import annotations

import re

import pytest

from services.chassis.config import Setting, described, load
from services.followup.config import Settings as FollowupSettings
from services.intake.config import Settings as IntakeSettings
from services.standalone.jars import HOME_VARIABLE as KAFKA_HOME
from services.standalone.layout import HOME_VARIABLE as HOME
from services.standalone.pgbinaries import BIN_VARIABLE as POSTGRES_BIN
from tests.contract.deploy_files import ROOT, SERVICES, SETTINGS, compose_variables

# What no service's settings know: the embedded servers' own, and the command line's.
ONE_MACHINE = {"DATABASE_URL", "AMENDS_TOKEN", "JAVA_HOME", HOME, KAFKA_HOME, POSTGRES_BIN}
_ENTRY = re.compile(r"^# (?P<help>.+)\n#(?P<name>[A-Z_]+)=(?P<value>.*)$", re.MULTILINE)


def entries() -> dict[str, tuple[str, str]]:
    """Variable -> what it is, the default shown."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return {found["name"]: (found["help"], found["value"]) for found in _ENTRY.finditer(text)}


def settings_of(service: str) -> dict[str, Setting]:
    return {setting.env: setting for _, setting in described(SETTINGS[service])}


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_there_with_its_help(service: str) -> None:
    shown = entries()
    wrong = [
        f"# {setting.help}\n#{name}="
        for name, setting in settings_of(service).items()
        if setting.help not in shown.get(name, ("", ""))[0]
    ]
    assert wrong == [], ".env.example lacks these lines, or says something else"


@pytest.mark.parametrize("service", SERVICES)
def test_the_defaults_shown_are_the_defaults(service: str) -> None:
    cls, shown = SETTINGS[service], entries()
    required = {name: "x" for name in settings_of(service) if "required" in shown[name][0]}
    as_shown = {name: shown[name][1] for name in settings_of(service)}
    assert load(cls, as_shown | required) == load(cls, required)


def test_it_names_nothing_that_nobody_reads() -> None:
    known = {name for service in SERVICES for name in settings_of(service)}
    assert entries().keys() - known - compose_variables().keys() - ONE_MACHINE == set()


def test_what_compose_reads_is_there_and_its_own_defaults_are_the_same() -> None:
    shown, read = entries(), compose_variables()
    assert read.keys() - shown.keys() == set()
    known = {name for service in SERVICES for name in settings_of(service)}
    own = {name: defaults for name, defaults in read.items() if name not in known | ONE_MACHINE}
    assert own == {name: {shown[name][1]} for name in own}


def test_no_secret_has_a_value() -> None:
    secret = {
        name for service in SERVICES for name, setting in settings_of(service).items() if setting.secret
    }
    assert {name for name in secret if entries()[name][1]} == set()


def test_while_a_thread_secret_is_exchanged_the_first_signs_and_all_are_believed() -> None:
    env = {"AMENDS_THREAD_SECRET": "new, old", "AMENDS_PUBLIC_BASE_URL": "https://intake.example"}
    believed = load(IntakeSettings, env).thread_secrets
    assert believed == ("new", "old")
    assert load(FollowupSettings, env).signing_secret == believed[0]
