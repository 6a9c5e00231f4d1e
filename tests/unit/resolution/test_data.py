"""The data files that ship are whole, and a wrong file stops the process with its name."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from services.chassis.config import load
from services.chassis.testing.waiting import wait_for
from services.resolution.adapters import data
from services.resolution.adapters.ahead import read_ahead
from services.resolution.app.rules import Rules
from services.resolution.config import Settings
from services.resolution.domain.errors import BadData


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("playbooks", "replycheck", "catalogues"):
        shutil.copytree(data.HERE / name, tmp_path / name)
    return tmp_path


def test_a_tenants_own_folder_replaces_the_data_that_ships(folder: Path) -> None:
    file = folder / "playbooks" / "sixty-seconds.yaml"
    file.write_text(file.read_text().replace("id: sixty-seconds", "id: house-of-ours"))
    rules = data.load(Settings(data=str(folder), playbook="house-of-ours"))
    assert rules.playbook.playbook_id == "house-of-ours"


def test_a_playbook_that_is_not_there_is_said_at_the_start(folder: Path) -> None:
    with pytest.raises(BadData, match="no playbook 'seven'"):
        data.load(Settings(data=str(folder), playbook="seven"))


@pytest.mark.parametrize(
    ("file", "change", "rule"),
    [
        (
            "catalogues/default.yaml",
            lambda text: text.replace("id: miles-5000", "id: miles-15000"),
            "bad_catalogue",
        ),
        ("catalogues/default.yaml", lambda text: text.replace("value: 600}", "value: -1}"), "bad_catalogue"),
        (
            "catalogues/default.yaml",
            lambda text: text.replace("cost: {unit: EUR, value: 600}", "cost: {unit: USD, value: 600}"),
            "bad_catalogue",
        ),
        ("catalogues/default.yaml", lambda text: "remedies: [{id: x}]", "bad_catalogue"),
        ("catalogues/limits.yaml", lambda text: "ranks: nobody", "bad_catalogue"),
        (
            "catalogues/limits.yaml",
            lambda text: text.replace("per_customer_90_days", "per_customer"),
            "bad_catalogue",
        ),
        ("catalogues/limits.yaml", lambda text: text + "answer_within_s: -1\n", "bad_catalogue"),
        ("catalogues/limits.yaml", lambda text: text.replace("EUR: 10000,", "EUR: -1,"), "bad_catalogue"),
        ("catalogues/default.yaml", lambda text: text.replace("goods:", "good:", 1), "bad_catalogue"),
        ("catalogues/default.yaml", lambda text: text + "    since: soon\n", "bad_catalogue"),
        ("catalogues/default.yaml", lambda text: text + "    stock: -1\n", "bad_catalogue"),
        ("replycheck/en.yaml", lambda text: "- just\n- a list\n", "bad_yaml"),
        ("playbooks/sixty-seconds.yaml", lambda text: "id: [", "bad_yaml"),
    ],
)
def test_a_wrong_file_is_refused_when_it_is_read(folder: Path, file: str, change: object, rule: str) -> None:
    path = folder / file
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(BadData) as refused:
        data.load(Settings(data=str(folder)))
    assert refused.value.rule == rule


def test_a_pattern_that_is_none_stops_the_start_where_the_operator_wrote_the_pack(folder: Path) -> None:
    file = folder / "replycheck" / "de.yaml"
    file.write_text(file.read_text().replace("resumes: '(?:", "resumes: '(?:(", 1))
    with pytest.raises(BadData, match="no regular expression") as refused:
        data.load(Settings(data=str(folder)))
    assert refused.value.rule == "bad_reply_pack"


def test_a_pack_that_says_no_language_is_refused_with_its_name(folder: Path) -> None:
    (folder / "replycheck" / "it.yaml").write_text("version: 1\nrules: []\ngoods: []\n")
    with pytest.raises(BadData, match=r"it\.yaml has no 'language'"):
        data.load(Settings(data=str(folder)))


def test_the_same_text_makes_one_pack_and_one_playbook_however_often_it_is_loaded(folder: Path) -> None:
    first, second = data.load(Settings()), data.load(Settings(data=str(folder)))
    assert sorted(first.packs) == ["de", "en"]
    assert first.packs["de"] is second.packs["de"]
    assert first.playbook is second.playbook
    assert first.shelf is not second.shelf


def test_a_tenants_own_terms_are_its_own_and_what_it_leaves_out_is_the_usual(folder: Path) -> None:
    own = folder / "catalogues" / "tenants" / "air"
    own.mkdir(parents=True)
    (own / "catalogue.yaml").write_text(
        "remedies:\n"
        "  - {id: lounge, title: The lounge, cost: {unit: EUR, value: 6}, value: {unit: EUR, value: 45},\n"
        "     stock: 7, min_rank: 1, teams: [gate], since: 2026-03-01, until: 2026-04-01,\n"
        "     fulfilled_outside: true}\n"
    )
    rules = data.load(Settings(data=str(folder)))
    lounge = rules.terms_of("air").catalogue.get("lounge")
    assert (lounge.stock, lounge.min_rank, lounge.teams) == (7, 1, ("gate",))
    assert (lounge.since, lounge.until) == (date(2026, 3, 1), date(2026, 4, 1))
    assert lounge.fulfilled_outside
    assert rules.terms_of("air").authority is rules.terms_of("rail").authority
    assert rules.terms_of("rail").catalogue is rules.catalogue


def test_a_tenants_folder_without_a_file_is_a_mistake(folder: Path) -> None:
    (folder / "catalogues" / "tenants" / "air").mkdir(parents=True)
    with pytest.raises(BadData, match="neither"):
        data.load(Settings(data=str(folder)))


def test_settings_come_from_the_environment() -> None:
    settings = load(Settings, {"AMENDS_RESOLUTION_HAND_OFF_S": "5", "AMENDS_RESOLUTION_LANGUAGE": "it"})
    rules = data.load(settings)
    assert rules.hand_off.total_seconds() == 5
    assert rules.default_language == "it"


def test_every_rank_may_give_at_least_what_the_ranks_below_may(rules: Rules) -> None:
    ranks = sorted(rules.authority.by_rank)
    for below, above in pairwise(ranks):
        lower, higher = rules.authority.of(below), rules.authority.of(above)
        for name in ("per_grant", "per_case", "per_day", "per_customer"):
            assert all(getattr(higher, name)[unit] >= most for unit, most in getattr(lower, name).items())


def test_the_front_line_can_give_the_lounge_and_fifteen_thousand_miles_alone(rules: Rules) -> None:
    front_line = rules.authority.of(0)
    for remedy in ("lounge-access", "miles-15000"):
        for charge in rules.catalogue.get(remedy).charges(1):
            assert charge.value <= front_line.per_grant[charge.unit]


def test_every_step_says_its_source_in_the_documentation() -> None:
    documented = (Path(__file__).parents[3] / "docs" / "playbooks.md").read_text()
    for file in (data.HERE / "playbooks").glob("*.yaml"):
        for step in yaml.safe_load(file.read_text())["steps"]:
            assert f"| `{step['id']}` |" in documented


async def test_the_pack_most_customers_need_is_made_ready_by_itself() -> None:
    shipped, stop = data.load(Settings()), asyncio.Event()
    # of the same content a pack is loaded once, so others may have used these
    packs = {language: replace(pack) for language, pack in shipped.packs.items()}
    assert not any("wrongs" in vars(pack) for pack in packs.values())
    reading = asyncio.create_task(read_ahead(replace(shipped, packs=packs), stop))
    await wait_for(lambda: "wrongs" in vars(packs[shipped.default_language]), what="the pack")
    stop.set()
    await reading
    assert {name for name, one in packs.items() if "wrongs" in vars(one)} == {shipped.default_language}
