"""From events to facts: provider times that cannot be, and words newer than this code."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from amends.common.v1 import common_pb2
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message

from services.chassis.answerlink import believe
from services.chassis.clock import to_proto
from services.chassis.envelope import Event
from services.followup.adapters.inviting import LINK_AGE, Invitations
from services.followup.adapters.policies import lexicon
from services.followup.adapters.wire import hearing, names, telling
from services.followup.domain.clocks import clocks
from services.followup.domain.events import ClockBreached, ClockMet, ClockWarned
from services.followup.domain.policy import ANY, MetBy, Target
from services.followup.domain.record import (
    Answer,
    Assessed,
    Complaint,
    Fact,
    FirstContact,
    Judged,
    Move,
    Opened,
    Owner,
    Said,
)
from services.followup.domain.words import Channel, ClockName, ReplyKind, Severity, Solved, Verdict
from tests.unit.followup.cases import FULL, Case, answer, at, complaint, fresh, move, proposal, said

ENGLISH = lexicon("en")


def event(message: Message) -> Event:
    return Event(
        "t",
        0,
        0,
        "case-1",
        "e1",
        message.DESCRIPTOR.full_name,
        "acme",
        at(100),
        "case-1",
        None,
        None,
        None,
        message,
    )


def customer_message(occurred_at: datetime | None, **more: object) -> Event:
    message = common_pb2.InboundMessage(
        message_id="m1",
        text="yes, solved",
        received_at=to_proto(at(10)),
        occurred_at=to_proto(occurred_at) if occurred_at else None,
        **more,  # type: ignore[arg-type]
    )
    return event(intake.CustomerMessageReceived(case_id="case-1", message=message))


@pytest.mark.parametrize(
    ("origin", "t0"),
    [(at(4), at(4)), (None, at(10)), (at(11), at(10)), (at(900), at(10))],
    ids=["given", "absent", "their clock is ahead", "impossible"],
)
def test_a_clock_starts_at_a_possible_origin_else_at_our_socket(
    origin: datetime | None, t0: datetime
) -> None:
    (said,) = hearing.facts_of(customer_message(origin), ENGLISH)
    assert isinstance(said, Said)
    assert (said.said_at, said.received_at, said.solved) == (t0, at(10), Solved.YES)


def test_quoted_history_is_not_read_when_the_stripped_text_is_there() -> None:
    (said,) = hearing.facts_of(customer_message(None, text_stripped="no"), ENGLISH)
    assert isinstance(said, Said)
    assert said.solved is Solved.NO


def test_a_complaint_is_both_where_to_answer_and_what_was_said() -> None:
    message = common_pb2.InboundMessage(
        message_id="m1", channel=common_pb2.CHANNEL_SMS, suppressed_reason="auto-replied"
    )
    complaint, said = hearing.facts_of(event(intake.ComplaintReceived(case_id="c", message=message)), ENGLISH)
    assert isinstance(complaint, Complaint)
    assert isinstance(said, Said)
    assert (complaint.channel, complaint.suppressed, said.suppressed) == (Channel.SMS, True, True)
    assert said.received_at == at(100)


@pytest.mark.parametrize("reason", ["imported", ""], ids=["mute", "acknowledged"])
def test_a_complaint_taken_over_begins_no_clock_and_is_acknowledged_only_when_asked(reason: str) -> None:
    message = common_pb2.InboundMessage(message_id="m1", imported_from="desk", suppressed_reason=reason)
    complaint, said = hearing.facts_of(event(intake.ComplaintReceived(case_id="c", message=message)), ENGLISH)
    assert isinstance(complaint, Complaint)
    assert isinstance(said, Said)
    assert (complaint.suppressed, said.suppressed) == (bool(reason), True)


def test_what_an_earlier_system_promised_goes_on_binding_and_is_breached_at_that_time() -> None:
    message = common_pb2.InboundMessage(
        message_id="m1", imported_from="desk", occurred_at=to_proto(at(-900)), received_at=to_proto(at(0))
    )
    complaint = intake.ComplaintReceived(case_id="c", message=message, due_at=to_proto(at(-300)))
    told = Case(fresh()).learn(0, *hearing.facts_of(event(complaint), ENGLISH)).fire(1)
    (clock,) = clocks(told.record)
    assert (clock.clock, clock.started_at, clock.due_at) == ("inherited", at(-900), at(-300))
    (breached,) = [one for one in told.events if isinstance(one, ClockBreached)]
    assert (breached.clock.due_at, breached.detected_at) == (at(-300), at(1))


@pytest.mark.parametrize(
    ("speaker", "text", "count"),
    [(2, "Good morning", 1), (2, "  ", 0), (1, "Good morning", 0)],
    ids=["employee", "silence", "customer"],
)
def test_only_an_employees_words_on_the_line_are_an_answer(speaker: int, text: str, count: int) -> None:
    segment = intake.TranscriptSegmentReceived(
        segment_id="s1",
        speaker=speaker,  # type: ignore[arg-type]
        text=text,
        occurred_at=to_proto(at(5)),
    )
    facts = hearing.facts_of(event(segment), ENGLISH)
    assert len(facts) == count
    assert all(isinstance(fact, Answer) and fact.spoken and fact.at == at(5) for fact in facts)


def test_an_event_of_no_use_tells_nothing() -> None:
    assert hearing.facts_of(event(resolution.CauseRecorded(case_id="c")), ENGLISH) == []


def test_a_case_of_unknown_severity_is_normal() -> None:
    (opened,) = hearing.facts_of(event(resolution.CaseOpened(case_id="c")), ENGLISH)
    assert opened == Opened(at(100), Severity.NORMAL)


def test_the_owners_word_on_the_severity_is_a_fact_of_its_own_time() -> None:
    told = resolution.SeverityAssessed(case_id="c", severity=4, assessed_at=to_proto(at(7)))  # type: ignore[arg-type]
    assert hearing.facts_of(event(told), ENGLISH) == [Assessed(at(7), Severity.CRITICAL)]


def test_words_newer_than_this_code_are_unspecified() -> None:
    assert names.channel(99) is Channel.UNSPECIFIED
    assert names.reply_kind(99) is ReplyKind.UNSPECIFIED
    assert names.severity(99) is Severity.NORMAL
    assert names.verdict(99) is Verdict.UNSPECIFIED


def test_a_verdict_is_the_customers_with_their_message_and_its_time() -> None:
    told = resolution.VerdictGiven(
        case_id="c", verdict=resolution.VERDICT_BELOW, message_id="m1", given_at=to_proto(at(7))
    )
    assert hearing.facts_of(event(told), ENGLISH) == [Judged(at(7), Verdict.BELOW, "m1")]


@pytest.mark.parametrize(
    ("closing", "dropped"),
    [
        (resolution.CLOSING_WITHDRAWN, True),
        (resolution.CLOSING_NOT_A_COMPLAINT, True),
        (resolution.CLOSING_CONFIRMED, False),
        (resolution.CLOSING_UNREACHABLE, False),
        (resolution.CLOSING_FINAL_RESPONSE, False),
    ],
)
def test_only_a_complaint_that_is_withdrawn_or_none_is_dropped(
    closing: resolution.Closing, dropped: bool
) -> None:
    (closed,) = hearing.facts_of(event(resolution.CaseClosed(case_id="c", closing=closing)), ENGLISH)
    assert isinstance(closed, Move)
    assert closed.dropped is dropped


def test_a_warning_says_what_part_is_gone_or_how_long_is_left() -> None:
    target = Target(
        ClockName.RESOLUTION_FIRST, {ANY: 1000}, MetBy.RESOLUTION, warn_percent=(80,), warn_before_s=(60,)
    )
    told = (
        Case(fresh(replace(FULL, targets=(target,)))).learn(1, complaint(), said("m0", 0)).fire(800).fire(950)
    )
    half, near = (telling.message_of("c", one) for one in told.said_of(ClockWarned))
    assert (half.percent, half.before_ms) == (80, 200_000)  # type: ignore[attr-defined]
    assert (near.percent, near.before_ms) == (0, 60_000)  # type: ignore[attr-defined]


def test_a_met_clock_says_how_long_it_ran_and_stood_still() -> None:
    told = Case(fresh(FULL)).learn(1, complaint(), said("m0", 0)).learn(101, proposal("c1", 100))
    told.learn(401, said("m1", 400)).learn(501, answer("c2", 500)).learn(601, move("resolved", 600))
    met = [telling.message_of("c", one) for one in told.said_of(ClockMet)]
    (first,) = [one for one in met if one.clock == "resolution_first"]  # type: ignore[attr-defined]
    assert (first.time.elapsed_ms, first.time.stopped_ms) == (600_000, 300_000)  # type: ignore[attr-defined]


@pytest.mark.parametrize("channel", [word for word in Channel if word is not Channel.UNSPECIFIED])
def test_every_channel_has_the_name_of_the_contract(channel: Channel) -> None:
    assert names.channel(common_pb2.Channel.Value(names.channel_name(channel))) is channel


def test_a_receipt_that_settles_nothing_is_passed_over() -> None:
    sent = intake.DeliveryReceiptReceived(outcome=intake.DeliveryReceiptReceived.OUTCOME_SENT)
    assert hearing.receipt_of(sent, at(0)) is None


def test_a_receipt_from_the_future_counts_when_it_was_received() -> None:
    receipt = hearing.receipt_of(
        intake.DeliveryReceiptReceived(
            provider="twilio",
            channel=common_pb2.CHANNEL_SMS,
            outcome=intake.DeliveryReceiptReceived.OUTCOME_DELIVERED,
            occurred_at=to_proto(at(500)),
            received_at=to_proto(at(50)),
        ),
        at(0),
    )
    assert receipt is not None
    assert (receipt.via, receipt.at) == ("twilio", at(50))


def no_link(tenant_id: str, case_id: str, contact_id: str, released_at: datetime) -> str:
    return ""


def test_a_circle_back_alone_carries_the_signed_link_to_the_page_for_the_answer() -> None:
    case_id = "0193a5e4-7b1c-7000-8000-000000000002"
    reply = resolution.ReplySent(case_id=case_id, reply_id="r1", text="Is it solved?")
    reply.to.kind, reply.to.value = "email", "ana@home.example"
    invitations = Invitations("https://intake.example", "secret", lambda *_: "Here: {link}")
    assert hearing.contact_of(event(reply), reply, invitations.write)[0].text == "Is it solved?"

    reply.kind = resolution.REPLY_KIND_CIRCLE_BACK
    contact, _ = hearing.contact_of(event(reply), reply, invitations.write)
    words, _, url = contact.text.partition("\n\nHere: ")
    assert (words, url.rpartition("/")[0]) == ("Is it solved?", "https://intake.example/v1/answers/acme")
    link = believe("acme", url.rpartition("/")[2], ["secret"])
    assert link is not None
    assert (str(link.case_id), str(link.contact_id)) == (case_id, contact.contact_id)
    assert link.ends_at == at(100) + LINK_AGE

    silent = Invitations("", "secret", lambda *_: "Here: {link}")
    assert hearing.contact_of(event(reply), reply, silent.write)[0].text == "Is it solved?"


@pytest.mark.parametrize(
    ("solved", "comment", "meant"),
    [
        (True, "", Solved.YES),
        (True, "Maria was great", Solved.YES),
        (True, "but it is still leaking", Solved.CONTRADICTORY),
        (True, "When does the refund come?", Solved.UNCLEAR),
        (False, "it was fixed, then it broke again", Solved.NO),
    ],
)
def test_a_ticked_answer_is_held_to_the_words_beside_it(solved: bool, comment: str, meant: Solved) -> None:
    told = customer_message(at(9))
    told.message.message.answer.MergeFrom(
        common_pb2.CustomerAnswer(
            solved=solved, verdict="exceeds", recommend=0, satisfaction=5, comment=comment
        )
    )
    (fact,) = hearing.facts_of(told, ENGLISH)
    assert isinstance(fact, Said)
    assert (fact.solved, fact.verdict, fact.recommend) == (meant, Verdict.EXCEEDS, 0)
    assert (fact.satisfaction, fact.effort) == (5, 0)


def test_an_answer_written_down_after_a_call_is_the_customers_word_and_the_circle_back_itself() -> None:
    told = customer_message(at(9))
    told.message.message.answer.MergeFrom(
        common_pb2.CustomerAnswer(solved=True, recommend=9, comment="all good", noted_by="maria")
    )
    said_, circled = hearing.facts_of(told, ENGLISH)
    assert isinstance(said_, Said)
    assert (said_.solved, said_.recommend, said_.spoken) == (Solved.YES, 9, True)
    assert said_.noted_by == "maria"
    assert circled == Answer("m1", at(9), circle_back=True, kind=ReplyKind.CIRCLE_BACK)


def test_a_reply_is_the_same_message_however_often_it_is_read() -> None:
    reply = resolution.ReplySent(case_id="case-1", reply_id="r1", channel=common_pb2.CHANNEL_EMAIL)
    reply.to.kind, reply.to.value = "email", "ana@home.example"
    first, reachable = hearing.contact_of(event(reply), reply, no_link)
    assert reachable
    assert first.human
    assert hearing.contact_of(event(reply), reply, no_link) == (first, True)


def test_an_owner_in_the_place_of_a_leaver_is_known_as_such_and_so_is_who_circles_back_now() -> None:
    ben = resolution.EmployeeRef(employee_id="ben", display_name="Ben", contact="ben@air.example")
    for because, forced in (("hand_off", False), ("forced_leaver", True)):
        assigned = resolution.OwnerAssigned(
            case_id="case-1", owner=ben, accepted_at=to_proto(at(5)), because=because
        )
        (fact,) = hearing.facts_of(event(assigned), ENGLISH)
        assert fact == Owner(at(5), "ben", "Ben", "ben@air.example", forced)
    moved = resolution.FirstContactMoved(case_id="case-1", employee_id="ana", first_contact=ben)
    assert hearing.facts_of(event(moved), ENGLISH) == [FirstContact(at(100), "ben")]


def test_what_happens_to_people_rather_than_to_a_case_is_no_fact_of_any_case() -> None:
    for message in (resolution.NobodyOnDuty(tenant_id="acme"), resolution.EmployeeLeft(employee_id="ana")):
        assert hearing.facts_of(event(message), ENGLISH) == []


def customer_speaks(text: str) -> list[Fact]:
    segment = intake.TranscriptSegmentReceived(
        case_id="case-1",
        segment_id="s-1",
        speaker=intake.TranscriptSegmentReceived.SPEAKER_CUSTOMER,
        text=text,
        received_at=to_proto(at(10)),
    )
    return hearing.facts_of(event(segment), ENGLISH)


def test_a_spoken_yes_that_says_no_is_heard_and_a_plain_one_is_left_to_the_owner() -> None:
    (heard,) = customer_speaks("Yes, it is solved, but it still leaks")
    assert isinstance(heard, Said)
    assert (heard.solved, heard.spoken) == (Solved.CONTRADICTORY, True)
    assert customer_speaks("Yes") == []
    assert customer_speaks("No") == []


@pytest.mark.parametrize(
    "answer",
    ["Ja, aber es tropft immer noch", "Ja, gelöst, aber nicht wirklich", "Alles gut, danke", "Nein", "Oui"],
)
def test_an_answer_in_a_language_whose_words_are_unknown_is_never_a_yes(answer: str) -> None:
    message = common_pb2.InboundMessage(message_id="m1", text=answer, received_at=to_proto(at(10)))
    (heard,) = hearing.facts_of(
        event(intake.CustomerMessageReceived(case_id="case-1", message=message)), ENGLISH
    )
    assert isinstance(heard, Said)
    assert heard.solved is Solved.UNCLEAR
