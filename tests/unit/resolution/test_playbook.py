"""Playbooks are data, read with care, and their steps are proven by events alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.app.rules import Rules
from services.resolution.domain import events as e
from services.resolution.domain.errors import BadData
from services.resolution.domain.playbook_reading import parse
from services.resolution.domain.words import Closing, Verdict
from tests.unit.resolution.world import NOON, World


def book(evidence: Any, **step: Any) -> dict[str, Any]:
    return {
        "id": "b",
        "version": 1,
        "title": "B",
        "source": "P1",
        "steps": [{"id": "s", "title": "S", "evidence": evidence, **step}],
    }


SPOKE = e.EmployeeSpoke("ana", "seg", NOON, ("apology", "thanks"))


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({"said": {"has": "apology"}}, True),
        ({"said": {"has": "first_name"}}, False),
        ({"employee_id": "ana"}, True),
        ({"employee_id": {"not": "ana"}}, False),
        ({"employee_id": {"in": ["ana", "ben"]}}, True),
        ({"employee_id": "ana", "segment_id": "other"}, False),
    ],
)
def test_a_condition_holds_when_every_field_is_as_demanded(where: dict[str, Any], holds: bool) -> None:
    (step,) = parse(book({"event": "EmployeeSpoke", "where": where})).steps
    assert step.proven_by(SPOKE) is holds


def test_any_of_several_conditions_proves_a_step() -> None:
    (step,) = parse(book({"any": [{"event": "CaseClosed"}, {"event": "EmployeeSpoke"}]})).steps
    assert step.proven_by(SPOKE)
    assert not step.proven_by(e.HelperLeft("ana"))


@pytest.mark.parametrize(
    "document",
    [
        book({"event": "CaseSolved"}),
        book({"event": "CaseClosed", "where": {"colour": "red"}}),
        book({"event": "CaseClosed", "where": {"closing": {"like": "x"}}}),
        book({"event": "CaseClosed", "where": {"closing": {"in": "confirmed"}}}),
        book({"event": "CaseClosed", "where": {"closing": {"is": "a", "not": "b"}}}),
        book({"event": "CaseClosed"}, gates="sleep"),
        book({"event": "CaseClosed"}, within={"seconds": 5, "after": "lunch"}),
        {"id": "b", "version": 1, "title": "B", "source": "P1"},
        {**book({"event": "CaseClosed"}), "steps": book({"event": "CaseClosed"})["steps"] * 2},
        {**book({"event": "CaseClosed"}), "steps": []},
        {**book({"event": "CaseClosed"}), "version": 0},
        {**book({"event": "CaseClosed"}), "colour": "red"},
        book({"event": "CaseClosed"}, say="Dear {name}"),
        book({"event": "CaseClosed"}, follows="t"),
        book({"event": "CaseClosed"}, within={"seconds": 0}),
        book({"event": "CaseClosed", "where": {"closing": "confirmt"}}),
        book({"event": "CaseClosed", "where": {"closed_at": "today"}}),
        book({"event": "ReplySent", "where": {"said": {"has": "sorry"}}}),
        book({"any": []}),
        "a text",
    ],
)
def test_a_playbook_that_could_not_be_followed_is_refused_when_it_is_read(document: dict[str, Any]) -> None:
    with pytest.raises(BadData) as refused:
        parse(document)
    assert refused.value.rule == "bad_playbook"


@given(
    st.sampled_from(["is", "not", "in", "has", "at_least", "at_most"]),
    st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text()), st.booleans()),
    st.sampled_from(["closing", "message_id", "closed_at"]),
)
def test_reading_a_condition_never_fails_once_the_playbook_was_read(
    operator: str, wanted: Any, field: str
) -> None:
    try:
        (step,) = parse(book({"event": "CaseClosed", "where": {field: {operator: wanted}}})).steps
    except BadData:
        return
    assert step.proven_by(e.CaseClosed(Closing.CONFIRMED, "m", "", NOON)) in (True, False)


@pytest.mark.parametrize(
    ("gates", "evidence"),
    [
        ("resolve", {"event": "CaseResolved"}),
        ("resolve", {"any": [{"event": "CaseClosed"}, {"event": "CaseReopened"}]}),
        ("close", {"event": "CaseClosed"}),
        ("reply", {"event": "ReplySent"}),
        ("resolve", {"event": "ReplySent", "where": {"said": {"has": "apology"}}}),
    ],
)
def test_a_gate_that_nothing_could_open_is_refused_when_it_is_read(gates: str, evidence: Any) -> None:
    with pytest.raises(BadData, match=r"steps\.0\.gates"):
        parse(book(evidence, gates=gates))


def test_a_step_that_follows_is_proven_by_a_later_event_than_the_step_before(world: World) -> None:
    document = book({"event": "EmployeeSpoke"})
    document["steps"].append({**document["steps"][0], "id": "again", "follows": "s"})
    playbook = parse(document)
    world.open()
    spoke = e.EmployeeSpoke("ana", "seg", world.tick())
    first = playbook.proven(world.apply(spoke), spoke, "evt-1", world.now)
    assert [each.step_id for each in first] == ["s"]
    world.apply(*first)
    spoke = e.EmployeeSpoke("ana", "seg-2", world.tick())
    second = playbook.proven(world.apply(spoke), spoke, "evt-2", world.now)
    assert [(each.step_id, each.evidence_event_id) for each in second] == [("again", "evt-2")]


def test_a_step_is_completed_once_with_the_time_since_its_own_beginning(world: World) -> None:
    world.open()
    playbook = world.rules.playbook
    at = world.tick(timedelta(seconds=20))
    spoke = e.EmployeeSpoke("ana", "seg", at, ("apology",))
    done = playbook.proven(world.apply(spoke), spoke, "evt", at)
    assert [(each.step_id, each.after_ms, each.evidence_event_id) for each in done] == [
        ("answer", 20_000, "evt"),
        ("apologise", 20_000, "evt"),
    ]
    world.apply(*done)
    assert world.case is not None
    assert playbook.proven(world.case, spoke, "evt-2", at) == []


def test_a_steps_time_can_begin_with_the_proposal(world: World) -> None:
    world.open()
    case = world.proposed()
    assert case.proposal is not None
    at = world.tick(timedelta(seconds=5))
    given_now = e.VerdictGiven(Verdict.EXCEEDS, "m", case.proposal.proposal_id, world.ana, at)
    (accepted,) = world.rules.playbook.proven(world.apply(given_now), given_now, "evt", at)
    assert (accepted.step_id, accepted.after_ms) == ("accepted", 5_000)


def test_the_playbook_that_ships_has_the_steps_of_the_sixty_seconds(rules: Rules) -> None:
    steps = {step.step_id: step for step in rules.playbook.steps}
    assert set(steps) >= {"answer", "name", "apologise", "thank", "take-responsibility", "compensate"}
    minute = timedelta(seconds=60)
    assert all(steps[name].within == minute for name in ("answer", "name", "apologise", "compensate"))
