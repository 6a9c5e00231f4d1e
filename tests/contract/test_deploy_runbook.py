"""The runbook speaks of commands, metrics, variables, tables and Secrets that are there."""

from __future__ import annotations

import re

import pytest

from services.chassis.config import described
from services.chassis.meters import METRICS, prometheus_name
from tests.contract.command_words import demand_known
from tests.contract.deploy_files import (
    BASE,
    ROOT,
    SERVICES,
    SETTINGS,
    compose,
    compose_variables,
    containers,
    rendered,
    secret_environment,
)

TEXT = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def prometheus_names() -> set[str]:
    """The names of our metrics at /metrics."""
    return {prometheus_name(metric) for metric in METRICS}


def commands() -> list[list[str]]:
    """Every `amends ...` of the text, as words."""
    shown = re.findall(r"(?:^|`|> |-- |run --rm (?:\S+ )*)amends ([a-z][^`\n#|]*)", TEXT, flags=re.MULTILINE)
    return [found.split() for found in shown]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_and_its_options_are_there(words: list[str]) -> None:
    demand_known(words)


def test_the_text_shows_commands() -> None:
    assert len(commands()) >= 8


def test_the_metrics_are_measured() -> None:
    named = {name for name in re.findall(r"`(amends_[a-z_]+)`", TEXT) if not name.startswith(DATABASES)}
    assert named
    assert named - prometheus_names() == set()


DATABASES = tuple(f"amends_{service}" for service in SERVICES)


def test_the_variables_are_read() -> None:
    known = {setting.env for service in SERVICES for _, setting in described(SETTINGS[service])}
    general = {re.sub(r"^AMENDS_[A-Z]+_(\w+_DSN)$", r"AMENDS_SERVICE_\1", name) for name in known}
    named = set(re.findall(r"\b(AMENDS_[A-Z_]+)\b", TEXT))
    assert named - known - general - compose_variables().keys() == set()


def test_the_tables_and_columns_of_the_restore_are_there() -> None:
    schema = (ROOT / "services/chassis/migrations/0001_platform.sql").read_text(encoding="utf-8")
    tables = dict(re.findall(r"create table (\w+) \((.*?)\n\)", schema, flags=re.DOTALL))
    for table, column in re.findall(r"update (\w+) set (\w+) = 0;", TEXT):
        assert re.search(rf"^\s+{column}\s", tables[table], flags=re.MULTILINE)
    for table in re.findall(r"(?:table|tables) `(\w+)`", TEXT):
        assert table in tables


def test_every_database_with_a_journal_is_made_new_from_it() -> None:
    restored = set(re.findall(r"`(amends_\w+)`", TEXT.partition("In each database")[2].partition(":")[0]))
    # metrics has API keys in its database, and nothing to publish
    assert restored == {f"amends_{service}" for service in SERVICES if service != "metrics"}


def test_the_secrets_to_make_are_listed_with_their_keys() -> None:
    general = re.compile(
        r"(amends-|AMENDS_)(intake|resolution|followup|metrics)(?=-database|-owner|_\w+_DSN)", re.I
    )
    needed = {
        general.sub(r"\1SERVICE", word)
        for one in rendered(BASE)
        for container in containers(one)
        for secret, key, _ in secret_environment(container).values()
        for word in (secret, key)
    }
    assert {word for word in needed if f"`{word}`" not in TEXT} == set()


def test_the_profiles_and_services_of_compose_that_it_names_are_there() -> None:
    named = set(re.findall(r"docker compose (?:run --rm(?: --\S+ \S+)*|exec(?: -T)?) (\w+)", TEXT))
    assert named
    assert named <= compose()["services"].keys()
