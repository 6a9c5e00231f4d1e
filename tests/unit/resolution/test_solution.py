"""From a proposal to "fixed", step by step, each on the customer's own word."""

from __future__ import annotations

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import solution
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.words import Outcome, Status, Verdict, Word
from tests.unit.resolution.world import FIRST_REPLY, MAIL, World

OFFER = FIRST_REPLY + " I have given you access to the lounge and 15,000 miles. Does that make it right?"


def propose(world: World, text: str = OFFER, **more: object) -> list[e.Event]:
    assert world.case is not None
    command = c.ProposeSolution(world.ana, "p-1", "r-1", "Lounge and 15,000 miles", text, **more)  # type: ignore[arg-type]
    return solution.propose(world.case, command, world.now, world.rules.pack_of(world.case))


def verdict(world: World, word: Word | None, said: Verdict) -> list[e.Event]:
    assert world.case is not None
    message_id = word.message_id if word else "m-nobody"
    return solution.record_verdict(world.case, c.RecordVerdict(world.ana, said, message_id, word), world.now)


def test_a_proposal_goes_out_in_checked_words(world: World) -> None:
    world.open()
    checked, sent, proposed = propose(world)
    assert isinstance(sent, e.ReplySent)
    assert isinstance(proposed, e.SolutionProposed)
    assert (sent.kind, proposed.reply_id) == ("proposal", sent.reply_id)
    assert world.apply(checked, sent, proposed).status is Status.PROPOSED


def test_a_proposal_that_the_check_stops_is_none_and_says_what_to_write_instead(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        propose(world, OFFER + " It was not our fault.")
    assert refused.value.rule == "reply_stopped"
    assert set(refused.value.allowed) == {"disagree"}
    (kept,) = refused.value.events
    assert isinstance(kept, e.ReplyChecked)
    assert kept.outcome is Outcome.STOPPED


def test_on_a_live_call_a_proposal_may_have_been_spoken(world: World) -> None:
    world.open(call_id="call-1")
    (proposed,) = propose(world, "")
    assert isinstance(proposed, e.SolutionProposed)
    assert proposed.reply_id == ""


def test_without_a_call_a_proposal_needs_words(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand):
        propose(world, "")


@pytest.mark.parametrize("said", [Verdict.MEETS, Verdict.EXCEEDS])
def test_a_proposal_the_customer_accepts_is_carried_out(world: World, said: Verdict) -> None:
    world.open()
    world.proposed()
    assert world.apply(*verdict(world, world.heard("m-1"), said)).status is Status.FIXING


def test_below_expectations_asks_for_alternatives_and_opens_the_case_again(world: World) -> None:
    world.open()
    world.proposed()
    given, asked = verdict(world, world.heard("m-1"), Verdict.BELOW)
    assert isinstance(asked, e.AlternativesAskedFor)
    assert world.apply(given, asked).status is Status.OPEN


def test_a_verdict_needs_the_customers_word_and_one_that_came_after_the_proposal(world: World) -> None:
    world.open()
    early = world.heard("m-early")
    world.proposed()
    with pytest.raises(NotNow, match="not a word"):
        verdict(world, None, Verdict.MEETS)
    with pytest.raises(NotNow) as refused:
        verdict(world, early, Verdict.MEETS)
    assert refused.value.rule == "evidence_too_old"


def test_the_same_verdict_a_second_time_changes_nothing(world: World) -> None:
    world.open()
    world.proposed()
    word = world.heard("m-1")
    world.apply(*verdict(world, word, Verdict.MEETS))
    assert verdict(world, word, Verdict.MEETS) == []


def test_nothing_is_judged_before_it_is_proposed(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        verdict(world, world.heard("m-1"), Verdict.MEETS)
    assert refused.value.rule == "not_in_this_status"


def test_a_case_is_not_fixed_by_saying_so_but_by_a_fix_or_a_grant(world: World) -> None:
    world.open()
    world.replied()
    case = world.fixing()
    world.case = case
    done = e.StepCompleted("sixty-seconds", 1, "answer", "evt", world.now, 0)
    case = world.apply(done)
    with pytest.raises(NotNow) as refused:
        solution.resolve(case, c.ResolveCase(world.ana), world.now, world.rules.playbook)
    assert refused.value.rule == "nothing_fixed"
    case = world.apply(*solution.apply_fix(case, c.ApplyFix(world.ana, "Miles booked"), world.now))
    (resolved,) = solution.resolve(case, c.ResolveCase(world.ana), world.now, world.rules.playbook)
    assert isinstance(resolved, e.CaseResolved)
    assert resolved.first_contact_employee_id == "ana"


def test_nobody_says_fixed_to_a_customer_whom_no_person_has_answered(world: World) -> None:
    world.open()
    case = world.fixing()
    with pytest.raises(NotNow) as refused:
        solution.resolve(case, c.ResolveCase(world.ana), world.now, world.rules.playbook)
    assert refused.value.rule == "step_missing"
    assert set(refused.value.allowed) == {"answer"}


def test_others_than_the_owner_decide_nothing(world: World) -> None:
    world.open()
    case = world.fixing()
    with pytest.raises(NotYours):
        solution.apply_fix(case, c.ApplyFix(world.vic, "I did it"), world.now)
    with pytest.raises(NotYours):
        solution.record_cause(case, c.RecordCause(world.vic, "Fog"))


def test_cause_and_prevention_stay_with_the_case(world: World) -> None:
    world.open()
    assert world.case is not None
    case = world.apply(*solution.record_cause(world.case, c.RecordCause(world.ana, "A late aircraft")))
    case = world.apply(*solution.record_prevention(case, c.RecordPrevention(world.ana, "A spare aircraft")))
    assert (case.cause, case.prevention) == ("A late aircraft", "A spare aircraft")


def test_the_owner_says_how_severe_the_case_is_and_on_which_ground(world: World) -> None:
    world.open()
    assert world.case is not None
    said = solution.assess_severity(world.case, c.AssessSeverity(world.ana, "critical", "A child"), world.now)
    assert said == [e.SeverityAssessed("ana", "high", "critical", world.now)]
    case = world.apply(*said)
    assert case.severity == "critical"
    assert solution.assess_severity(case, c.AssessSeverity(world.ana, "critical", "Yes"), world.now) == []
    with pytest.raises(BadCommand) as refused:
        solution.assess_severity(case, c.AssessSeverity(world.ana, "low", " "), world.now)
    assert refused.value.rule == "reason_missing"
    with pytest.raises(NotYours):
        solution.assess_severity(case, c.AssessSeverity(world.vic, "low", "No harm"), world.now)


def shown(world: World, severity: str, *grounds: str) -> e.CustomerSpoke:
    return e.CustomerSpoke(Word("m-1", world.tick()), MAIL, severity, grounds)


def test_a_later_word_that_shows_more_raises_the_case_from_when_it_reached_us(world: World) -> None:
    case, word = world.open(severity="normal"), shown(world, "critical", "safety", "money")
    world.tick()
    (raised,) = solution.hear_severity(case, word)
    assert (raised.was, raised.severity, raised.employee_id) == ("normal", "critical", "")
    evidence = (raised.message_id, raised.grounds, raised.assessed_at)
    assert evidence == ("m-1", ("safety", "money"), word.word.received_at)
    assert world.apply(word, raised).severity == "critical"


@pytest.mark.parametrize(
    ("severity", "grounds"),
    [("high", ("legal",)), ("normal", ()), ("low", ("small",)), ("critical", ()), ("", ())],
)
def test_no_word_lowers_a_case_and_one_without_a_ground_raises_none(
    world: World, severity: str, grounds: tuple[str, ...]
) -> None:
    assert solution.hear_severity(world.open(severity="high"), shown(world, severity, *grounds)) == []


def test_a_word_without_a_ground_leaves_a_small_matter_small(world: World) -> None:
    assert solution.hear_severity(world.open(severity="low"), shown(world, "normal")) == []
