"""What happens to a case is said in the contract's words, and what others say is understood."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, get_args

import msgspec
import pytest
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as out
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.clock import from_proto, to_proto
from services.chassis.envelope import Event
from services.chassis.errors import Rejected
from services.resolution.adapters import answers, wire
from services.resolution.adapters.facts import fact
from services.resolution.app.facts import Complaint, Introduced, Speech
from services.resolution.app.rules import Rules, subtag
from services.resolution.domain import events as e
from services.resolution.domain.decide.closing import Feedback, Solved
from services.resolution.domain.state import Case
from services.resolution.domain.words import Address, ReplyKind
from tests.unit.resolution.lives import every_event, told
from tests.unit.resolution.world import NOON, World

CASE_ID = "00000000-0000-7000-8000-000000000001"
FINDING = e.Finding("excuse", "error", 0, 4, "why", "rather")
HINT = e.HintGiven(
    employee_id="ana",
    segment_id="s-1",
    second=31,
    text="busy",
    findings=(FINDING,),
    missing=(e.MissingGood("apology", "apologise", NOON, "I am sorry."),),
    pack_version="en-2",
    given_at=NOON,
)


def event(message: Message) -> Event:
    kind = message.DESCRIPTOR.full_name
    return Event("topic", 0, 0, CASE_ID, "evt", kind, "air", NOON, CASE_ID, None, None, None, message)


# ------------------------------------------------------------------------------------------------- out
def plain(value: Any) -> Any:
    return from_proto(value) if isinstance(value, Timestamp) else value


def test_every_event_ever_said_carries_its_fields_over_the_wire(rules: Rules) -> None:
    seen: set[type] = set()
    for seed in range(140):
        for said in (*every_event(told(rules, Random(seed), 60)), HINT):
            if wire.publishes(said):
                seen.add(type(said))
                assert_carried(said, wire.message(CASE_ID, said))
    assert len(seen) >= len(get_args(e.Published)) - 3


def test_a_hint_carries_what_was_found_and_what_is_due() -> None:
    message = wire.message(CASE_ID, HINT)
    assert isinstance(message, out.HintGiven)
    assert [each.suggestion for each in message.findings] == ["rather"]
    (due,) = message.missing
    assert (due.good, due.step_id, plain(due.due_at), due.say) == (
        "apology",
        "apologise",
        NOON,
        "I am sorry.",
    )


def assert_carried(said: e.Event, message: Message) -> None:
    assert message.DESCRIPTOR.full_name == f"amends.resolution.v1.{type(said).__name__}"
    assert message.case_id == CASE_ID  # type: ignore[attr-defined]
    for field in fields(said):
        value = getattr(said, field.name)
        carried = field.name != "case_id" and field.name in message.DESCRIPTOR.fields_by_name
        if carried and isinstance(value, str | int | datetime):
            shown = plain(getattr(message, field.name))
            is_enum = message.DESCRIPTOR.fields_by_name[field.name].enum_type is not None
            assert shown > 0 if is_enum else shown == value, (type(said).__name__, field.name)


def test_every_field_of_the_contract_has_its_source_in_the_event() -> None:
    """But for what is renamed on purpose."""
    renamed = {"from", "to", "channel", "channel_account", "thread_key", "case_id"}
    for kind in get_args(e.Published):
        descriptor = getattr(out, kind.__name__).DESCRIPTOR
        missing = {field.name for field in descriptor.fields} - {field.name for field in fields(kind)}
        assert missing <= renamed, kind.__name__


def test_a_reply_says_from_which_of_our_addresses_to_whom_and_in_answer_to_what() -> None:
    to = Address("email", "email", "m@example.org", "Maria", "care@air.example", "S", "thread", "<1@x>")
    person = World.ana
    sent = wire.message(
        CASE_ID,
        e.ReplySent("r", "reply", person, to, "Re: S", "Hello", NOON, in_reply_to="<1@x>"),  # type: ignore[arg-type]
    )
    assert isinstance(sent, out.ReplySent)
    assert (sent.channel, sent.channel_account, sent.thread_key) == (
        common_pb2.CHANNEL_EMAIL,
        "care@air.example",
        "thread",
    )
    assert (sent.to.kind, sent.to.value, sent.in_reply_to) == ("email", "m@example.org", "<1@x>")
    assert (sent.author.display_name, sent.author.contact) == (person.display_name, person.contact)


def test_a_state_survives_its_storage(rules: Rules) -> None:
    for seed in range(15):
        story = told(rules, Random(seed), 60)
        for case in map(story.case, story.keys):
            assert msgspec.json.decode(msgspec.json.encode(case), type=Case) == case


def test_a_case_is_shown_with_its_steps_and_the_words_to_say(world: World) -> None:
    world.open()
    world.replied()
    case = world.resolved()
    shown = answers.case(case, world.rules.playbook)
    assert (shown.case_id, shown.version, shown.status) == (case.case_id, case.version, out.STATUS_RESOLVED)
    assert shown.customer.first_name == "Maria"
    assert from_proto(shown.resolved_at) == case.resolved_at
    assert not shown.HasField("closed_at")
    steps = {step.step_id: step for step in shown.steps}
    assert steps["answer"].say.startswith("Maria, I am Ana Silva.")
    assert (steps["answer"].due_ms, steps["answer"].gates) == (60_000, "resolve")
    nameless = answers.case(replace(case, first_name=""), world.rules.playbook)
    assert {step.step_id: step for step in nameless.steps}["answer"].say.startswith("I am Ana Silva.")
    assert not any("{" in step.say for step in nameless.steps)


# ------------------------------------------------------------------------------------------------- in
def inbound(**changes: object) -> common_pb2.InboundMessage:
    message = common_pb2.InboundMessage(
        message_id="m-1",
        provider_message_id="<1@home.example>",
        channel=common_pb2.CHANNEL_EMAIL,
        channel_account="care@air.example",
        thread_key="thread",
        party=common_pb2.Party(kind="email", value="maria@home.example", display_name="Maria"),
        subject="Late",
        language="en-GB",
        occurred_at=to_proto(NOON - timedelta(seconds=5)),
        received_at=to_proto(NOON),
    )
    for name, value in changes.items():
        if isinstance(value, datetime):
            getattr(message, name).CopyFrom(to_proto(value))
        else:
            setattr(message, name, value)
    return message


def complaint(message: common_pb2.InboundMessage | None = None, **more: Any) -> Complaint:
    heard = fact(event(intake.ComplaintReceived(case_id=CASE_ID, message=message or inbound(), **more)))
    assert heard is not None
    assert isinstance(heard.what, Complaint)
    return heard.what


def test_a_complaint_is_understood_with_its_time_of_origin_and_where_to_answer() -> None:
    heard = complaint(
        customer=common_pb2.CustomerRef(customer_id="cust", first_name=" Maria "),
        severity=common_pb2.SEVERITY_HIGH,
        live=True,
        interaction_id="i",
        point_of_contact_id="ana",
        required_skill="delay",
    )
    assert heard.origin_at == NOON - timedelta(seconds=5)
    assert (heard.word.message_id, heard.word.received_at) == ("m-1", NOON)
    assert heard.address is not None
    assert (heard.address.channel, heard.address.party_value) == ("email", "maria@home.example")
    assert (heard.first_name, heard.severity, heard.channel) == ("Maria", "high", "email")
    assert (heard.live, heard.point_of_contact_id, heard.required_skill) == (True, "ana", "delay")


def test_an_origin_after_our_own_receipt_is_unknown() -> None:
    assert complaint(inbound(occurred_at=NOON + timedelta(hours=1))).origin_at is None


def test_a_missing_origin_is_unknown_and_a_missing_severity_normal() -> None:
    message = inbound()
    message.ClearField("occurred_at")
    heard = complaint(message)
    assert (heard.origin_at, heard.severity) == (None, "normal")


def test_words_of_employees_and_customers_are_told_apart() -> None:
    segment = intake.TranscriptSegmentReceived(
        case_id=CASE_ID,
        segment_id="s-1",
        speaker=intake.TranscriptSegmentReceived.SPEAKER_EMPLOYEE,
        employee_id="ana",
        text="I am sorry",
        occurred_at=to_proto(NOON),
    )
    heard = fact(event(segment))
    assert heard is not None
    assert heard.what == Speech("ana", "s-1", "I am sorry", NOON)
    segment.speaker = intake.TranscriptSegmentReceived.SPEAKER_CUSTOMER
    heard = fact(event(segment))
    assert heard is not None
    assert isinstance(heard.what, e.CustomerSpoke)
    assert not heard.needs_case
    segment.speaker = intake.TranscriptSegmentReceived.SPEAKER_UNSPECIFIED
    assert fact(event(segment)) is None


def test_a_further_word_brings_what_intake_reads_from_it_unless_a_machine_wrote_it() -> None:
    judged = common_pb2.Assessment(severity=common_pb2.SEVERITY_CRITICAL, grounds=["safety"])
    told = intake.CustomerMessageReceived(case_id=CASE_ID, message=inbound())
    told.message.assessment.CopyFrom(judged)
    segment = intake.TranscriptSegmentReceived(
        case_id=CASE_ID, segment_id="s-1", speaker="SPEAKER_CUSTOMER", assessment=judged
    )
    for message in (told, segment):
        assert read_severity(message) == ("critical", ("safety",))
    told.message.suppressed_reason = "auto_reply"
    assert read_severity(told) == ("", ())
    told.message.imported_from = "old-desk"  # not answered automatically, and written by its customer
    assert read_severity(told) == ("critical", ("safety",))
    told.message.ClearField("assessment")
    assert read_severity(told) == ("", ())


def read_severity(message: Message) -> tuple[str, tuple[str, ...]]:
    heard = fact(event(message))
    assert heard is not None
    assert isinstance(heard.what, e.CustomerSpoke)
    return heard.what.severity, heard.what.grounds


def test_only_a_persons_delivered_introduction_introduces() -> None:
    delivered = followup.ContactDelivered(
        case_id=CASE_ID,
        contact_id="c-1",
        human=True,
        channel=common_pb2.CHANNEL_EMAIL,
        reply_id="r-1",
        reply_kind=out.REPLY_KIND_INTRODUCTION,
        hand_off_id="h-1",
        delivered_at=to_proto(NOON),
    )
    heard = fact(event(delivered))
    assert heard is not None
    made = e.ContactMade("c-1", "r-1", "email", NOON, delivered=True)
    assert heard.what == Introduced("h-1", replace(made, kind=ReplyKind.INTRODUCTION))
    delivered.reply_kind = out.REPLY_KIND_REPLY
    heard = fact(event(delivered))
    assert heard is not None
    assert heard.what == made
    delivered.human = False
    assert fact(event(delivered)) is None


def test_what_did_not_arrive_is_an_attempt_of_a_person_and_not_of_an_acknowledgement() -> None:
    failed = followup.ContactFailed(
        case_id=CASE_ID,
        contact_id="c-1",
        reply_id="r-1",
        channel=common_pb2.CHANNEL_SMS,
        failed_at=to_proto(NOON),
    )
    heard = fact(event(failed))
    assert heard is not None
    assert heard.what == e.ContactMade("c-1", "r-1", "sms", NOON, delivered=False)
    failed.reply_id = ""
    assert fact(event(failed)) is None


@pytest.mark.parametrize("solved", list(Solved))
def test_feedback_is_read_by_what_it_says_of_the_fix(solved: Solved) -> None:
    number = followup.FeedbackReceived.Solved.Value(f"SOLVED_{solved.value.upper()}")
    said = followup.FeedbackReceived(
        case_id=CASE_ID, message_id="m", solved=number, words="w", given_at=to_proto(NOON)
    )
    heard = fact(event(said))
    assert heard is not None
    assert heard.what == Feedback("m", solved, "w", NOON)


def test_feedback_that_says_nothing_of_the_fix_concerns_others() -> None:
    assert fact(event(followup.FeedbackReceived(case_id=CASE_ID, recommend=9))) is None


def test_what_concerns_others_is_left_to_them() -> None:
    assert fact(event(intake.QueryReceived(conversation_id="q"))) is None
    assert fact(event(intake.InteractionStarted(case_id=CASE_ID, live=False))) is None
    assert fact(event(followup.PromiseMade(case_id=CASE_ID))) is None


def test_a_case_id_that_is_none_is_rejected_with_its_record() -> None:
    record = event(intake.ComplaintReceived(case_id="42", message=inbound()))
    with pytest.raises(Rejected) as rejected:
        fact(record)
    assert rejected.value.event is record


@pytest.mark.parametrize(
    ("tag", "language"), [("en-GB", "en"), ("EN_us", "en"), ("", ""), ("zh-Hant-TW", "zh")]
)
def test_a_language_is_its_primary_subtag(tag: str, language: str) -> None:
    assert subtag(tag) == language


def test_the_instant_of_a_batch_is_made_once() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    assert wire.stamp(moment) is wire.stamp(moment)
