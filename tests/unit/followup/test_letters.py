"""Letters that regulators demand: which, by when, what their delivery changes, and the words that ship.

The dates are counted by hand: 27 November 2026 is a Friday. In England the fifteenth business day after it
is 18 December; to 24 December there are 19, to 31 December 22 (25 and 28 are holidays), to 8 January 27 (1
January is one), to 15 January 32, so the thirty-fifth is 20 January 2027.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis.errors import ConfigError
from services.followup.adapters.letter_files import FOLDER, KINDS, load
from services.followup.domain.events import ClockBreached, ClockResumed
from services.followup.domain.letters import Known, demands, known
from services.followup.domain.merging import taught
from services.followup.domain.policy import MetBy, Ombudsman
from services.followup.domain.record import Absorbed, Answer, Fact, Judged, Move, Policed, Said, learn
from services.followup.domain.words import ReplyKind, Verdict
from tests.unit.followup.cases import Case, complaint, fresh, owner, regulator, said
from tests.unit.followup.cases import at as clock_at
from tests.unit.followup.test_regulators import POLICIES, at, ruled

RECEIVED = at("2026-11-27T10:15:00+00:00")
FIFTEENTH, THIRTY_FIFTH = at("2026-12-19T00:00:00+00:00"), at("2027-01-21T00:00:00+00:00")


def letter(kind: ReplyKind, when: datetime) -> Answer:
    return Answer(kind, when, kind=kind)


def holding(when: str) -> Answer:
    return letter(ReplyKind.HOLDING_REPLY, at(when))


@pytest.mark.parametrize("delivered", ["2026-11-30T09:00:00+00:00", "2026-12-18T23:59:59+00:00"])
def test_a_holding_reply_delivered_in_fifteen_business_days_gives_thirty_five(delivered: str) -> None:
    found = ruled("uk-fca-psd-emd", RECEIVED, holding(delivered))
    (reply,), (final,) = found["reply"], found["final"]
    assert (reply.due_at, reply.in_time) == (FIFTEENTH, True)
    assert (final.started_at, final.due_at, final.met_at) == (RECEIVED, THIRTY_FIFTH, None)


@pytest.mark.parametrize("delivered", ["2026-12-19T00:00:01+00:00", "2027-01-04T09:00:00+00:00"])
def test_a_holding_reply_that_comes_later_gives_none_and_the_fifteen_days_stay_missed(delivered: str) -> None:
    found = ruled("uk-fca-psd-emd", RECEIVED, holding(delivered))
    assert found["reply"][0].late
    assert "final" not in found


def test_without_a_holding_reply_there_are_fifteen_business_days_and_no_more() -> None:
    found = ruled("uk-fca-psd-emd", RECEIVED, Answer("words", RECEIVED + timedelta(days=3)))
    assert (found["reply"][0].due_at, found["reply"][0].met_at) == (FIFTEENTH, None)
    assert "final" not in found


def test_a_delay_notice_meets_its_own_clock_and_leaves_a_late_final_response_late() -> None:
    received = at("2026-11-27T10:15:00+11:00")
    in_time, late = at("2026-12-27T23:59:59+11:00"), at("2026-12-28T00:00:01+11:00")
    found = ruled("au-asic-rg271", received, letter(ReplyKind.DELAY_NOTICE, in_time))
    assert (found["delay"][0].in_time, found["final"][0].met_at) == (True, None)
    assert found["final"][0].due_at == found["delay"][0].due_at == at("2026-12-28T00:00:00+11:00")
    assert ruled("au-asic-rg271", received, letter(ReplyKind.DELAY_NOTICE, late))["delay"][0].late
    final = ruled("au-asic-rg271", received, letter(ReplyKind.FINAL_RESPONSE, in_time))
    assert final["delay"][0].in_time
    assert final["final"][0].in_time
    soon = Judged(received + timedelta(days=2), Verdict.MEETS, "v1")
    assert ruled("au-asic-rg271", received, soon)["delay"][0].in_time


def test_after_a_final_response_a_holding_reply_begins_nothing() -> None:
    final = letter(ReplyKind.FINAL_RESPONSE, RECEIVED + timedelta(days=3))
    found = ruled("uk-fca-psd-emd", RECEIVED, final, holding("2026-12-02T09:00:00+00:00"))
    assert found["reply"][0].met_at == final.at
    assert "final" not in found


def test_a_further_holding_reply_gives_no_further_time() -> None:
    again = Answer("again", at("2026-12-10T09:00:00+00:00"), kind=ReplyKind.HOLDING_REPLY)
    (final,) = ruled("uk-fca-psd-emd", RECEIVED, holding("2026-12-02T09:00:00+00:00"), again)["final"]
    assert final.due_at == THIRTY_FIFTH


def test_in_the_european_union_acceptance_is_no_letter_and_the_holding_reply_counts_the_same() -> None:
    """TARGET is open on 28 December: there are 23 business days to 31 December, 33 to 15 January, so the
    thirty-fifth is 19 January."""
    accepted = Move(RECEIVED + timedelta(hours=2), "closed")
    assert ruled("eu-psd2", RECEIVED, accepted)["reply"][0].met_at is None
    (final,) = ruled("eu-psd2", RECEIVED, holding("2026-12-18T12:00:00+00:00"))["final"]
    assert final.due_at == at("2027-01-20T00:00:00+01:00")


def test_an_early_acceptance_asks_for_a_summary_resolution_and_none_later() -> None:
    accepted = at("2026-12-01T15:00:00+00:00")
    found = ruled("uk-fca-disp", RECEIVED, Move(accepted, "closed"))
    (summary,) = found["summary"]
    assert (summary.started_at, summary.due_at) == (accepted, at("2026-12-08T17:00:00+00:00"))
    sent = letter(ReplyKind.SUMMARY_RESOLUTION, accepted + timedelta(days=1))
    assert ruled("uk-fca-disp", RECEIVED, Move(accepted, "closed"), sent)["summary"][0].in_time
    late = Move(at("2026-12-03T09:00:00+00:00"), "closed")
    assert "summary" not in ruled("uk-fca-disp", RECEIVED, late)
    assert "summary" not in ruled("uk-fca-disp", RECEIVED)


def test_a_final_response_before_the_acceptance_leaves_no_summary_to_be_sent() -> None:
    final = letter(ReplyKind.FINAL_RESPONSE, RECEIVED + timedelta(days=1))
    accepted = Move(at("2026-12-01T15:00:00+00:00"), "closed")
    assert "summary" not in ruled("uk-fca-disp", RECEIVED, final, accepted)


ACCEPTED, REOPENED = at("2026-12-01T15:00:00+00:00"), at("2026-12-04T09:00:00+00:00")


@pytest.mark.parametrize("name", ["uk-fca-disp", "uk-ofcom", "ie-cpc"])
def test_an_acceptance_that_the_customer_takes_back_in_time_leaves_the_letter_due_as_before(
    name: str,
) -> None:
    (untouched,) = ruled(name, RECEIVED)["final"]
    lived = [Move(ACCEPTED, "closed"), Move(REOPENED, "reopened")]
    assert ruled(name, RECEIVED, lived[0])["final"][0].met_at == ACCEPTED
    (final,) = ruled(name, RECEIVED, *lived)["final"]
    assert (final.met_at, final.due_at) == (None, untouched.due_at)


def test_an_acceptance_stands_when_it_is_taken_back_after_the_deadline() -> None:
    late = Move(at("2027-02-01T09:00:00+00:00"), "reopened")
    (final,) = ruled("uk-fca-disp", RECEIVED, Move(ACCEPTED, "closed"), late)["final"]
    assert final.in_time


def test_the_summary_resolution_of_an_acceptance_that_was_taken_back_is_asked_for_no_more() -> None:
    found = ruled("uk-fca-disp", RECEIVED, Move(ACCEPTED, "closed"), Move(REOPENED, "reopened"))
    (summary,) = found["summary"]
    assert (summary.ended_at, summary.running) == (REOPENED, False)


def test_each_early_acceptance_asks_for_its_summary_resolution_and_a_second_yes_for_none() -> None:
    """Thursday 3 December is too late: Wednesday was the third business day."""
    monday, tuesday = at("2026-11-30T09:00:00+00:00"), at("2026-12-01T09:00:00+00:00")
    yes = [Judged(monday, Verdict.MEETS, "v1"), Move(monday + timedelta(hours=1), "closed")]
    again = [Move(tuesday, "reopened"), Move(ACCEPTED, "closed")]
    late = [Move(ACCEPTED + timedelta(hours=1), "reopened"), Move(at("2026-12-03T09:00:00+00:00"), "closed")]
    found = ruled("uk-fca-disp", RECEIVED, *yes, *again, *late)
    assert [one.started_at for one in found["summary"]] == [monday, ACCEPTED]


def test_a_clock_that_runs_again_because_of_a_reopening_says_so() -> None:
    told = Case().learn(1, complaint(), said("m0", 0), regulator("final", MetBy.LETTER_OR_ACCEPTANCE, 9000))
    told.learn(101, Move(clock_at(100), "closed")).learn(201, Move(clock_at(200), "reopened"))
    resumed = [event.clock for event in told.said_of(ClockResumed) if event.clock.clock.startswith("reg")]  # type: ignore[union-attr]
    assert [(clock.due_at, clock.met_at) for clock in resumed] == [(clock_at(9000), None)]
    breached = {event.clock.clock: event.clock.due_at for event in told.fire(9001).said_of(ClockBreached)}  # type: ignore[union-attr]
    assert breached["regulator:rule:final"] == clock_at(9000)


def test_a_written_acknowledgement_is_not_spoken_and_an_irish_one_names_whom_to_turn_to() -> None:
    spoken = Answer("s1", RECEIVED + timedelta(minutes=1), spoken=True)
    assert ruled("uk-fca-disp", RECEIVED, spoken)["acknowledge"][0].met_at is None
    words = Answer("c1", RECEIVED + timedelta(hours=1))
    assert ruled("uk-fca-disp", RECEIVED, spoken, words)["acknowledge"][0].met_at == words.at
    assert ruled("ie-cpc", RECEIVED, words)["acknowledge"][0].met_at is None
    named = letter(ReplyKind.ACKNOWLEDGEMENT, RECEIVED + timedelta(hours=2))
    assert ruled("ie-cpc", RECEIVED, words, named)["acknowledge"][0].met_at == named.at


def test_at_the_survivor_of_a_merge_a_holding_reply_gives_no_time_to_the_merged_complaint() -> None:
    merged = Move(RECEIVED + timedelta(days=2), "closed", confirmed=False, merged_into="case-2")
    record = learn(fresh(), [complaint(), _said(), Policed(RECEIVED, POLICIES["uk-fca-psd-emd"]), merged])
    (absorbed,) = taught(record)["case-2"]
    assert isinstance(absorbed, Absorbed)
    carried = {one.clock: one for one in absorbed.clocks}
    reply = carried["regulator:uk-fca-psd-emd:reply"]
    assert (reply.met_by, reply.due_at) == (MetBy.FINAL_RESPONSE, FIFTEENTH)


def told(name: str, *facts: Fact) -> tuple[str, ...]:
    """What is demanded of a case, and whether it is there."""
    record = learn(fresh(), [complaint(), owner(), Policed(RECEIVED, POLICIES[name]), *facts, _said()])
    return tuple(
        f"{one.clock.clock.rpartition(':')[2]}: {','.join(one.kinds)}{' delivered' if one.delivered else ''}"
        for one in demands(record)
    )


def _said() -> Fact:
    return Said("m0", RECEIVED, RECEIVED)


def test_the_letters_of_a_case_are_those_its_clocks_wait_for() -> None:
    assert told("uk-fca-psd-emd") == ("reply: holding_reply,final_response",)
    assert told("uk-fca-psd-emd", holding("2026-12-02T09:00:00+00:00")) == (
        "reply: holding_reply,final_response delivered",
        "final: final_response",
    )
    assert told("us-reg-e") == ("final: final_response",)


def test_a_letter_knows_the_customer_the_owner_and_the_last_day_it_may_promise() -> None:
    record = learn(fresh(), [complaint(), owner(), _said(), Policed(RECEIVED, POLICIES["uk-fca-psd-emd"])])
    assert known(record) == Known(
        first_name="Ana",
        owner="Maria",
        contact="maria@air.example",
        subject="Four hours late",
        received=date(2026, 11, 27),
        answer_by=date(2027, 1, 20),
        ombudsman=Ombudsman("Financial Ombudsman Service", "www.financial-ombudsman.org.uk"),
    )


FULL = Known(
    first_name="Ana",
    owner="Maria",
    contact="maria@air.example",
    subject="Four {hours} late",
    received=date(2026, 11, 27),
    answer_by=date(2027, 1, 19),
    ombudsman=Ombudsman("Financial Ombudsman Service", "www.financial-ombudsman.org.uk"),
)
# What must stand in each letter (docs/clocks.md, Letters), of what is known.
MUST = {
    ReplyKind.ACKNOWLEDGEMENT: ("Maria", "maria@air.example"),
    ReplyKind.HOLDING_REPLY: ("{answer_by}", "maria@air.example"),
    ReplyKind.DELAY_NOTICE: ("Financial Ombudsman Service", "www.financial-ombudsman.org.uk"),
    ReplyKind.SUMMARY_RESOLUTION: ("Financial Ombudsman Service", "www.financial-ombudsman.org.uk"),
    ReplyKind.FINAL_RESPONSE: ("Financial Ombudsman Service", "www.financial-ombudsman.org.uk"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("language", "received", "answer_by"),
    [("en", "27 November 2026", "19 January 2027"), ("de", "27. November 2026", "19. Januar 2027")],
)
def test_a_letter_of_each_language_says_what_it_must_and_leaves_blank_what_only_the_owner_knows(
    language: str, received: str, answer_by: str, kind: ReplyKind
) -> None:
    draft = load()[language].draft(kind, FULL)
    for words in (*MUST[kind], "Ana", "Maria"):
        assert words.format(answer_by=answer_by) in draft.text
    assert received in draft.text
    assert "Four {hours} late" in draft.subject
    assert draft.answer_by == answer_by
    assert draft.blanks
    assert all(blank in draft.text for blank in draft.blanks)


def test_what_is_not_known_is_a_blank() -> None:
    nothing = Known("", "", "", "", None, None, None)
    draft = load()["en"].draft(ReplyKind.FINAL_RESPONSE, nothing)
    assert "[the ombudsman or other body the customer can turn to]" in draft.blanks
    assert draft.text.startswith("Hello,")
    assert draft.ombudsman == ""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("{owner}\n  holding_reply", "{boss}\n  holding_reply", "'boss' cannot be filled in"),
        ("January, ", "", "twelve months are expected"),
        ('"[your name]"', '"your name"', "a blank stands in square brackets"),
    ],
)
def test_what_is_wrong_in_a_template_is_said_with_its_place(
    tmp_path: Path, old: str, new: str, wrong: str
) -> None:
    text = (FOLDER / "letters.en.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "letters.en.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"letters\.en\.yaml:\d+:\d+: ") as refused:
        load(tmp_path)
    assert wrong in str(refused.value)
