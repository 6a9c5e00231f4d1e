"""A tenant's own playbooks: who may draft, review, activate and roll back what; what is different between
two; what is at hand of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resolution.adapters.playbook_files import parsed
from services.resolution.app.rules import Rules
from services.resolution.app.shelf import ACTIVE_S, Shelf
from services.resolution.domain import playbook_versions as v
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Refusal
from services.resolution.domain.playbook import Playbook, Step
from services.resolution.domain.playbook_diff import ChangeKind, as_text, differences
from services.resolution.domain.playbook_versions import Active, PlaybookVersion, VersionStatus, Written
from tests.unit.resolution.world import NOON, World

ANA, BEN = World.ana, World.ben
TEXT = """\
id: ours
version: {version}
title: Our way
source: the airline
steps:
  - {{id: answer, title: Answer, evidence: {{event: ReplySent}}, gates: resolve}}
  - {{id: ask, title: Ask, evidence: {{event: CustomerSpoke}}, follows: answer}}
  - {{id: fix, title: Fix it, evidence: {{event: FixApplied}}}}
"""
DRAFT = PlaybookVersion("ours", 1, "...", VersionStatus.DRAFTED, "ana", NOON)
APPROVED = v.review(DRAFT, BEN, True, "", NOON)
MOVED_APART = {(ChangeKind.REMOVED, "ask"), (ChangeKind.ADDED, "extra"), (ChangeKind.CHANGED, "answer")}
"""Beside the one of two steps that changed places, whichever is said to have moved."""


def written(version: int = 1) -> Written:
    text = TEXT.format(version=version)
    return Written(parsed("ours", text), text)


def book(*steps: Step) -> Playbook:
    return Playbook.of("ours", 1, "Our way", "the airline", steps)


def rule_of(refusal: pytest.ExceptionInfo[Refusal]) -> tuple[str, dict[str, str]]:
    return refusal.value.rule, refusal.value.allowed


def test_the_first_draft_is_version_one_and_the_next_is_one_more() -> None:
    assert v.draft(written(), ANA, NOON, [], ["amends"]).status is VersionStatus.DRAFTED
    assert v.draft(written(2), BEN, NOON, [APPROVED], []).version == 2
    with pytest.raises(NotNow) as refusal:
        v.draft(written(3), BEN, NOON, [APPROVED], [])
    assert rule_of(refusal) == ("version_not_next", {"version": "2"})


def test_an_unreviewed_draft_is_its_authors_to_change() -> None:
    later = NOON + timedelta(hours=1)
    assert v.draft(written(), ANA, later, [DRAFT], []).drafted_at == later
    with pytest.raises(NotYours) as refusal:
        v.draft(written(), BEN, later, [DRAFT], [])
    assert rule_of(refusal) == ("not_the_author", {"author_id": "ana", "version": "2"})


@pytest.mark.parametrize("approved", [True, False])
def test_a_reviewed_version_is_neither_drafted_nor_reviewed_again(approved: bool) -> None:
    reviewed = v.review(DRAFT, BEN, approved, "Shorter, please", NOON)
    with pytest.raises(NotNow) as refusal:
        v.draft(written(), ANA, NOON, [reviewed], [])
    assert rule_of(refusal) == ("version_reviewed", {"version": "2"})
    with pytest.raises(NotNow) as refusal:
        v.review(reviewed, World.lea, True, "", NOON)
    assert refusal.value.rule == "version_reviewed"


def test_the_id_of_a_playbook_that_ships_is_not_the_tenants() -> None:
    with pytest.raises(NotNow) as refusal:
        v.draft(written(), ANA, NOON, [], ["ours"])
    assert refusal.value.rule == "playbook_ships"


def test_nobody_reviews_what_they_wrote() -> None:
    with pytest.raises(NotYours) as refusal:
        v.review(DRAFT, ANA, True, "", NOON)
    assert refusal.value.rule == "own_draft"


def test_a_version_is_returned_with_a_reason_only() -> None:
    with pytest.raises(BadCommand) as refusal:
        v.review(DRAFT, BEN, False, "  ", NOON)
    assert refusal.value.rule == "note_missing"
    with pytest.raises(BadCommand) as refusal:
        v.review(DRAFT, BEN, True, "x" * (v.MAX_NOTE + 1), NOON)
    assert refusal.value.rule == "note_too_long"
    assert v.review(DRAFT, BEN, False, " Shorter ", NOON).note == "Shorter"


def test_only_an_approved_version_can_be_followed() -> None:
    v.demand_approved(APPROVED)
    for version in (DRAFT, v.review(DRAFT, BEN, False, "No", NOON)):
        with pytest.raises(NotNow) as refusal:
            v.demand_approved(version)
        assert refusal.value.rule == "not_approved"


@given(active=st.integers(1, 9), back_to=st.integers(1, 9))
def test_a_roll_back_goes_to_an_earlier_version_of_what_is_active(active: int, back_to: int) -> None:
    now = Active("ours", active, "lea", NOON)
    if back_to < active:
        assert v.demand_earlier(now, "ours", back_to) is now
    else:
        with pytest.raises(NotNow) as refusal:
            v.demand_earlier(now, "ours", back_to)
        assert rule_of(refusal) == ("not_earlier", {"active_version": str(active)})
    for elsewhere in (None, replace(now, playbook_id="theirs")):
        with pytest.raises(NotNow) as refusal:
            v.demand_earlier(elsewhere, "ours", back_to)
        assert refusal.value.rule == "not_active"


def test_a_playbook_is_no_different_from_itself_under_another_number() -> None:
    assert differences(written(1).playbook, written(2).playbook) == []
    assert as_text([]) == ""


def test_steps_added_removed_changed_and_moved_are_told_apart() -> None:
    answer, ask, fix = written().playbook.steps
    slower = replace(answer, within=timedelta(seconds=90), say="Hello")
    extra = replace(fix, step_id="extra")
    found = differences(book(answer, ask, fix), book(extra, fix, slower))
    assert {(each.kind, each.step_id) for each in found} in (
        {*MOVED_APART, (ChangeKind.MOVED, "fix")},
        {*MOVED_APART, (ChangeKind.MOVED, "answer")},
    )
    changed = next(each for each in found if each.kind is ChangeKind.CHANGED)
    assert [(each.field, each.before, each.after) for each in changed.fields] == [
        ("say", "", "Hello"),
        ("within", "", "90 s after complaint"),
    ]
    assert "removed step ask\n  title: no longer Ask" in as_text(found)


@given(order=st.permutations(["a", "b", "c", "d"]))
def test_what_is_only_moved_is_named_as_moved_and_nothing_else(order: list[str]) -> None:
    (answer, *_) = written().playbook.steps
    steps = {name: replace(answer, step_id=name) for name in "abcd"}
    found = differences(book(*steps.values()), book(*(steps[name] for name in order)))
    assert {each.kind for each in found} <= {ChangeKind.MOVED}
    stayed = [name for name in order if name not in {each.step_id for each in found}]
    assert stayed == sorted(stayed)
    assert bool(found) is (order != ["a", "b", "c", "d"])


def test_the_playbooks_own_words_come_first() -> None:
    (first, *_) = differences(written().playbook, replace(written().playbook, title="Another way"))
    assert (first.kind, first.step_id) == (ChangeKind.CHANGED, "")
    assert as_text([first]) == "changed the playbook\n  title: Our way -> Another way"


def test_an_activation_is_believed_for_a_second_and_then_asked_for_again(rules: Rules) -> None:
    now = [100.0]
    shelf = Shelf(rules.shelf.shipped, rules.playbook.playbook_id, lambda: now[0])
    assert shelf.unsure({"air", "sea"}) == {"air", "sea"}
    shelf.believe("air", written().playbook)
    assert shelf.unsure({"air", "sea"}) == {"sea"}
    assert shelf.active("air").playbook_id == "ours"
    assert shelf.active("sea") is shelf.default
    now[0] += ACTIVE_S
    assert shelf.unsure({"air"}) == {"air"}
    shelf.believe("air", written().playbook)
    shelf.forget("air")
    assert shelf.active("air") is shelf.default


def test_a_case_follows_its_own_version_and_the_nearest_where_that_is_not_kept(rules: Rules) -> None:
    case = World(rules).open(playbook_id="ours", playbook_version=7)
    assert rules.shelf.lacking([case]) == {("air", "ours", 7)}
    assert rules.playbook_of(case) is rules.playbook
    champions = replace(case, playbook_id="champions", playbook_version=99)
    assert rules.playbook_of(champions).playbook_id == "champions"
    shelf = Shelf(rules.shelf.shipped, "amends")
    shelf.put(("air", "ours", 7), written(7).playbook)
    assert shelf.of(case).version == 7
    assert shelf.of(replace(case, tenant_id="sea")) is shelf.default
    assert shelf.lacking([case, champions]) == {("air", "champions", 99)}
