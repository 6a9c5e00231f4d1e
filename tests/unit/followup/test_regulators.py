"""The regulators' policies that ship: exact dates, what meets their clocks, whose complaints they rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis.errors import ConfigError
from services.followup.adapters.policies import Regulators, regulators
from services.followup.adapters.rules.policy_files import FOLDER, Calendars, load, parsed
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.policy import Policy, due_at
from services.followup.domain.record import Answer, Fact, FollowUp, Move, Policed, Said, learn
from services.followup.domain.words import ReplyKind
from tests.unit.followup.cases import complaint, fresh

YEARS = range(2025, 2030)
SHIPPED = sorted(file.stem for file in FOLDER.glob("*.yaml") if not file.stem.startswith("service-"))
POLICIES = {name: load(name, YEARS) for name in SHIPPED}
DATES = [
    line.split()
    for line in (Path(__file__).parent / "policy_dates.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
GOOD = """id: own
version: 1
title: Our own
source: the board
dated: 2026-11-27
clocks:
  final:
    within: 10 business days
    calendar: uk-bank
    met_by: final_response
    source: page 3
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ruled(name: str, received: datetime, *facts: Fact) -> dict[str, list[ClockInstance]]:
    """The clocks of a policy by their last word, of a complaint received then."""
    said = Said("m0", received - timedelta(minutes=5), received)
    news: list[Fact] = [complaint(), said, Policed(received, POLICIES[name]), *facts]
    record: FollowUp = learn(fresh(), news)
    found: dict[str, list[ClockInstance]] = {}
    for clock in clocks(record):
        if clock.clock.startswith("regulator:"):
            found.setdefault(clock.clock.rsplit(":", 1)[-1], []).append(clock)
    return found


def letter(when: datetime) -> Answer:
    return Answer("letter", when, kind=ReplyKind.FINAL_RESPONSE)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_clock_of_a_policy_is_due_on_the_days_counted_by_hand(name: str) -> None:
    rows = [row for row in DATES if row[0] == name]
    assert len(rows) >= 20
    found = [
        (clock, received, _due(POLICIES[name], clock, at(received)), at(due))
        for _, clock, received, due in rows
    ]
    assert [row for row in found if row[2] != row[3]] == []


def _due(policy: Policy, clock: str, received: datetime) -> datetime:
    (target,) = (one for one in policy.targets if one.clock.endswith(f":{clock}"))
    return due_at(target, target.amount[""], received, policy.calendar(target))


# Letters that are due as others are, or begin later than with receipt: their days are those of these clocks.
AS_LONG_AS = {
    ("au-asic-rg271", "delay"): ("au-asic-rg271", "final"),
    ("au-asic-rg271-super", "delay"): ("au-asic-rg271-super", "final"),
    ("ie-cpc", "outcome"): ("ie-cpc", "acknowledge"),
    ("uk-fca-disp", "summary"): ("uk-fca-disp", "acknowledge"),
    ("uk-fca-psd-emd", "summary"): ("uk-fca-disp", "acknowledge"),
}


def test_every_clock_of_every_policy_has_its_dates() -> None:
    named = {(policy, one.clock.rsplit(":", 1)[-1]) for policy in SHIPPED for one in POLICIES[policy].targets}
    assert named == {(row[0], row[1]) for row in DATES} | set(AS_LONG_AS)


@pytest.mark.parametrize(("clock", "dated"), AS_LONG_AS.items())
def test_a_letter_that_begins_later_is_due_on_the_days_counted_by_hand(
    clock: tuple[str, str], dated: tuple[str, str]
) -> None:
    rows = [(begun, due) for *of, begun, due in DATES if tuple(of) == dated]
    assert len(rows) >= 20
    found = [(begun, _due(POLICIES[clock[0]], clock[1], at(begun)), at(due)) for begun, due in rows]
    assert [row for row in found if row[1] != row[2]] == []


def test_the_dates_cover_holidays_month_ends_leap_days_and_turned_clocks() -> None:
    received = {at(row[2]).date() for row in DATES}
    assert {
        date(2025, 12, 24),
        date(2026, 1, 31),
        date(2028, 2, 29),
        date(2026, 3, 29),
        date(2026, 10, 25),
    } <= received


def test_the_fcas_eight_weeks_end_with_the_letter_and_not_with_any_reply() -> None:
    received = at("2026-11-27T10:15:00+00:00")
    late = received + timedelta(days=20)
    (final,) = ruled("uk-fca-disp", received, Answer("c1", late))["final"]
    assert final.met_at is None
    (final,) = ruled("uk-fca-disp", received, letter(late))["final"]
    assert (final.met_at, final.in_time) == (late, True)


@pytest.mark.parametrize(
    ("accepted", "met"),
    [
        ("2026-12-02T16:59:59+00:00", True),
        ("2026-12-02T17:00:01+00:00", False),
        ("2026-11-27T11:00:00+00:00", True),
    ],
)
def test_acceptance_by_close_of_the_third_business_day_needs_no_final_response(
    accepted: str, met: bool
) -> None:
    received = at("2026-11-27T10:15:00+00:00")
    (final,) = ruled("uk-fca-disp", received, Move(at(accepted), "closed"))["final"]
    assert (final.met_at is not None) is met


def test_an_irish_complaint_is_owed_a_word_every_twenty_business_days_until_it_is_answered() -> None:
    received = at("2026-09-01T10:00:00+01:00")
    words = [Answer("c1", at("2026-09-21T10:00:00+01:00")), Answer("c2", at("2026-10-09T10:00:00+01:00"))]
    progress = ruled("ie-cpc", received, *words, letter(at("2026-10-20T10:00:00+01:00")))["progress"]
    assert [clock.due_at for clock in progress] == [
        at("2026-09-29T17:00:00+01:00"),
        at("2026-10-19T17:00:00+01:00"),
        at("2026-11-09T17:00:00+00:00"),
    ]
    assert [clock.in_time for clock in progress] == [True, True, True]


def test_an_irish_outcome_letter_is_due_five_business_days_after_the_resolution() -> None:
    received, resolved = at("2026-09-01T10:00:00+01:00"), at("2026-10-22T15:00:00+01:00")
    (outcome,) = ruled("ie-cpc", received, Move(resolved, "resolved"))["outcome"]
    assert (outcome.started_at, outcome.due_at) == (resolved, at("2026-10-30T17:00:00+00:00"))
    assert "outcome" not in ruled(
        "ie-cpc", received, letter(at("2026-10-20T10:00:00+01:00")), Move(resolved, "resolved")
    )


def test_provisional_credit_put_to_the_customer_leaves_forty_five_days_for_the_result() -> None:
    received = at("2026-11-27T10:15:00-05:00")
    credit = Answer("c1", received + timedelta(days=3), kind=ReplyKind.PROPOSAL)
    found = ruled("us-reg-e", received, credit)
    assert (found["result_or_credit"][0].in_time, found["final"][0].met_at) == (True, None)


def test_several_policies_run_on_one_case_at_once() -> None:
    received = at("2026-11-27T10:15:00+00:00")
    both = ruled("uk-fca-disp", received, Policed(received, POLICIES["uk-ofcom"]))
    assert {clock.policy_id for clock in both["final"]} == {"uk-fca-disp@2", "uk-ofcom@2"}


def test_regulators_are_chosen_by_tenant_and_by_category() -> None:
    chosen = regulators(["acme:uk-fca-disp", "acme/billing:uk-ofcom", "bank:us-reg-e"], YEARS)
    now = datetime(2026, 11, 27, tzinfo=UTC)

    def ids(tenant: str, category: str) -> list[tuple[str, str]]:
        return [(one.policy.policy_id, one.because) for one in chosen.rule(tenant, category, now)]

    assert ids("acme", "delay") == [("uk-fca-disp@2", "tenant")]
    assert ids("acme", "billing") == [("uk-fca-disp@2", "tenant"), ("uk-ofcom@2", "category:billing")]
    assert ids("bank", "") == [("us-reg-e@1", "tenant")]
    assert ids("other", "billing") == []
    assert Regulators({}).rule("acme", "", now) == []


@pytest.mark.parametrize("entry", ["acme", "acme:", ":uk-ofcom", "acme/:uk-ofcom", "acme:nowhere"])
def test_a_choice_that_is_none_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigError):
        regulators([entry], YEARS)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("within: 10 business days", "within: ten days", "own.yaml:8:5: not a duration"),
        ("met_by: final_response", "met_by: status", "own.yaml:10:5: one of answer, written"),
        ("    source: page 3\n", "", "own.yaml:7:3: 'source' is missing"),
        ("calendar: uk-bank", "calendar: uk-bnak", "own.yaml:6:1: there is no calendar 'uk-bnak'"),
        ("    calendar: uk-bank\n", "", "own.yaml:7:3: days are counted in a calendar"),
        ("    source: page 3", "    source: page 3\n    warn: [110%]", "own.yaml:12:12: a warning is"),
        (
            "    source: page 3",
            "    source: page 3\n    close: noon",
            "own.yaml:12:5: one of end of business",
        ),
        ("dated: 2026-11-27", "dated: lately", "own.yaml:5:1: a date is expected"),
        ("version: 1", "version: 0", "own.yaml:2:1: a number from 1 to"),
        (
            "    source: page 3",
            "    source: page 3\n    begins: holding_reply",
            "own.yaml:7:3: 'held_within' is missing",
        ),
        (
            "    source: page 3",
            "    source: page 3\n    begins: acceptance",
            "own.yaml:7:3: 'accepted_within' is missing",
        ),
        ("clocks:", "ombudsman: {name: Us}\nclocks:", "own.yaml:6:1: 'site' is missing"),
        ("clocks:", "clock:", "own.yaml:6:1: 'clock' is not known here"),
    ],
)
def test_what_is_wrong_in_a_policy_is_said_with_its_line_and_column(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as refused:
        parsed("own.yaml", GOOD.replace(old, new, 1), Calendars(tuple(YEARS)))
    assert told in str(refused.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_policy_that_ships_names_its_source_and_warns_in_time(name: str) -> None:
    policy = POLICIES[name]
    assert policy.policy_id.startswith(f"{name}@")
    assert any(one.warn_percent or one.warn_before_s for one in policy.targets)
    assert "source:" in (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
