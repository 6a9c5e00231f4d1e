"""What each event means for the figures, and that encodings come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message

from services.chassis.clock import to_proto
from services.chassis.envelope import Event
from services.chassis.errors import Rejected
from services.metrics.adapters import codec
from services.metrics.adapters.wire import (
    Reader,
    channel_name,
    channel_value,
    summary_from_proto,
    summary_to_proto,
)
from services.metrics.app.cases import CaseFact, fact_of, follow
from services.metrics.app.queries import SummaryLine
from services.metrics.domain import observations as seen
from services.metrics.domain.window import Contribution, Counts, WindowKey, tally

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
STAMP = to_proto(NOON)
CASE = "case-1"


def event(message: Message, **changed: Any) -> Event:
    values: dict[str, Any] = {
        "topic": "t",
        "partition": 0,
        "offset": 5,
        "key": CASE,
        "event_id": "e",
        "type": message.DESCRIPTOR.full_name,
        "tenant_id": "acme",
        "time": NOON,
        "correlation_id": CASE,
        "causation_id": None,
        "traceparent": None,
        "sequence": "07",
        "message": message,
    }
    return Event(**{**values, **changed})


SEGMENT = intake.TranscriptSegmentReceived
CHECKED = resolution.ReplyChecked
STEP = resolution.StepCompleted
MEANINGS: list[tuple[Message, seen.Observation | None]] = [
    (
        intake.ComplaintReceived(
            case_id=CASE, message=common.InboundMessage(channel=common.CHANNEL_X, received_at=STAMP)
        ),
        seen.Began("e", NOON, "x", t0=None, t1=NOON, t2=None),
    ),
    (
        intake.ComplaintReceived(
            case_id=CASE,
            message=common.InboundMessage(
                channel=common.CHANNEL_API, occurred_at=STAMP, received_at=STAMP, imported_from="desk"
            ),
        ),
        seen.Began("e", NOON, "api", t0=None, t1=NOON, t2=None),
    ),
    (
        SEGMENT(case_id=CASE, speaker=SEGMENT.SPEAKER_EMPLOYEE, occurred_at=STAMP),
        seen.Spoke("e", NOON, NOON),
    ),
    (SEGMENT(case_id=CASE, speaker=SEGMENT.SPEAKER_CUSTOMER, occurred_at=STAMP), None),
    (
        resolution.CaseOpened(
            case_id=CASE,
            channel=common.CHANNEL_SMS,
            severity=common.SEVERITY_HIGH,
            playbook_id="sixty-seconds",
        ),
        seen.Opened("07", "high", "sixty-seconds"),
    ),
    (
        resolution.SeverityAssessed(case_id=CASE, severity=common.SEVERITY_CRITICAL),
        seen.Assessed("07", "critical"),
    ),
    (
        resolution.CaseOpened(case_id=CASE, channel=common.CHANNEL_SMS, linked_case_id="before"),
        seen.Opened("07", "unspecified", "", seen.Began("e", NOON, "sms")),
    ),
    (
        resolution.OwnerAssigned(
            case_id=CASE, owner=resolution.EmployeeRef(team="cards"), offered_at=STAMP, accepted_at=STAMP
        ),
        seen.Owned("07", NOON, NOON, "cards"),
    ),
    (
        resolution.CaseClosed(case_id=CASE, closing=resolution.CLOSING_CONFIRMED),
        seen.Closed("07", confirmed=True),
    ),
    (
        resolution.CaseClosed(case_id=CASE, closing=resolution.CLOSING_WITHDRAWN),
        seen.Closed("07", confirmed=False, otherwise="withdrawn"),
    ),
    (resolution.CaseReopened(case_id=CASE), seen.Reopened("e", "07")),
    (
        resolution.CaseClosed(case_id=CASE, closing=resolution.CLOSING_MERGED, survivor_case_id="other"),
        seen.Closed("07", confirmed=False, otherwise="merged"),
    ),
    (
        resolution.CaseReopened(case_id=CASE, because="merge_undone"),
        seen.Reopened("e", "07", counted=False),
    ),
    (resolution.HandOffAccepted(case_id=CASE, hand_off_id="h"), seen.HandedOff("h")),
    (resolution.HandOffRefused(case_id=CASE), seen.HandOffRefused("e")),
    (resolution.RemedyGranted(case_id=CASE, grant_id="g"), seen.Granted("g", NOON)),
    (
        resolution.RemedyGranted(
            case_id=CASE,
            grant_id="g",
            cost=common.Amount(unit="EUR", value=500),
            value=common.Amount(unit="EUR", value=900),
            granted_at=STAMP,
        ),
        seen.Granted("g", NOON, "EUR", 500, 900),
    ),
    (resolution.RemedyRevoked(case_id=CASE, grant_id="g"), seen.Revoked("g")),
    (
        CHECKED(
            case_id=CASE,
            outcome=CHECKED.OUTCOME_STOPPED,
            findings=[resolution.ReplyFinding(category=name) for name in ("excuse", "apology", "excuse")],
        ),
        seen.ReplyChecked("e", "stopped", ("apology", "excuse")),
    ),
    (CHECKED(case_id=CASE, outcome=CHECKED.OUTCOME_PASSED), seen.ReplyChecked("e", "passed")),
    (STEP(case_id=CASE, step_id="apologise", completed_at=STAMP), seen.Done("apology", NOON)),
    (STEP(case_id=CASE, step_id="take-responsibility"), seen.Done("responsibility", NOON)),
    (STEP(case_id=CASE, step_id="pay"), None),
    (resolution.SolutionProposed(case_id=CASE, proposed_at=STAMP), seen.Done("decision", NOON)),
    (resolution.AuthorityRequested(case_id=CASE), seen.Noted("authority_requests", "e")),
    (resolution.RepeatContactCounted(case_id=CASE), seen.Noted("chases", "e")),
    (resolution.RepeatFailureFound(case_id=CASE), seen.Noted("repeat_failures", "e")),
    (resolution.CustomerDefected(case_id=CASE), seen.Noted("defections", "e")),
    (resolution.CustomerWonBack(case_id=CASE), seen.Noted("won_back", "e")),
    (followup.ChampionCreated(case_id=CASE), seen.Noted("champions", "e")),
    (
        followup.FeedbackReceived(case_id=CASE, recommend=0, answers_circle_back=True),
        seen.Felt("07", {"recommend": 0}),
    ),
    (
        followup.FeedbackReceived(
            case_id=CASE, recommend=-1, satisfaction=4, effort=2, answers_circle_back=True
        ),
        seen.Felt("07", {"satisfaction": 4, "effort": 2}),
    ),
    (followup.FeedbackReceived(case_id=CASE, recommend=9), None),
    (
        followup.ContactDelivered(case_id=CASE, human=True, delivered_at=STAMP),
        seen.Answered("e", NOON, None, NOON),
    ),
    (followup.ContactDelivered(case_id=CASE, human=False, delivered_at=STAMP), None),
    (
        followup.ClockMet(case_id=CASE, clock="proposal", instance_id="i", in_time=True),
        seen.ClockMet("i", "proposal"),
    ),
    (followup.ClockMet(case_id=CASE, instance_id="i", in_time=False), seen.ClockBreached("i")),
    (followup.ClockBreached(case_id=CASE, instance_id="i"), seen.ClockBreached("i")),
    (followup.PromiseKept(case_id=CASE, promise_id="p"), seen.PromiseKept("p")),
    (
        followup.PromiseKept(case_id=CASE, promise_id="p", kind=followup.PROMISE_KIND_CIRCLE_BACK),
        seen.PromiseKept("p", circle_back=True),
    ),
    (followup.PromiseBroken(case_id=CASE, promise_id="p"), seen.PromiseBroken("p")),
    (followup.PromiseMade(case_id=CASE, promise_id="p"), None),
]


@pytest.mark.parametrize(("message", "meaning"), MEANINGS, ids=lambda one: type(one).__name__)
def test_each_event_means_one_thing(message: Message, meaning: seen.Observation | None) -> None:
    told = Reader().read(event(message))
    assert (told.observation if told else None) == meaning


def test_an_event_keyed_by_another_case_is_refused() -> None:
    with pytest.raises(Rejected, match="malformed_event"):
        Reader().read(event(followup.ClockBreached(case_id=CASE), key="case-2"))


def test_an_owner_without_its_place_in_the_order_is_refused() -> None:
    with pytest.raises(Rejected, match="ce_sequence"):
        Reader().read(event(resolution.OwnerAssigned(case_id=CASE), sequence=None))


@pytest.mark.parametrize(
    ("type_name", "passed_over"),
    [
        (b"amends.resolution.v1.HelperJoined", True),
        (b"amends.resolution.v1.CaseClosed", False),
        (b"amends.elsewhere.v1.Unknown", False),
        (b"\xff", False),
    ],
)
def test_only_known_events_without_meaning_are_passed_over_unread(
    type_name: bytes, passed_over: bool
) -> None:
    assert Reader().passes_over([("ce_type", type_name)]) is passed_over


def test_channels_have_names_and_a_newer_one_is_unspecified() -> None:
    for name, value in common.Channel.items():
        assert channel_value(channel_name(value)) == value, name
    assert channel_name(99) == "unspecified"


def _begins(told: seen.Observation) -> bool:
    return isinstance(told, seen.Began) or (isinstance(told, seen.Opened) and told.began is not None)


def test_a_case_comes_back_from_its_table_as_it_was() -> None:
    tracked = None
    for offset, (message, _) in enumerate(MEANINGS):
        told = Reader().read(event(message, sequence=f"{offset:02}"))
        if told and not _begins(told.observation):
            tracked = follow(tracked, told.observation, message.DESCRIPTOR.file.package, offset)
    tracked = follow(tracked, seen.Began("b", NOON, "email", NOON, NOON, NOON), "x", 4)
    assert codec.decode_tracked(codec.encode_tracked(tracked)) == tracked
    fact = fact_of(tracked, "acme", CASE)
    assert fact is not None
    assert codec.fact_from_proto(codec.window_text(fact.key), codec.fact_to_proto(fact)) == fact


def test_a_tenant_may_hold_the_separator() -> None:
    key = WindowKey("a|b", "email", NOON)
    fact = CaseFact(key, CASE, 3, Contribution(False, (None,) * 7, Counts(open=1)))
    kept = codec.decode_kept(codec.kept_key(key, CASE), codec.encode_kept(3, fact.contribution))
    assert (kept.key, kept.case_id, kept.contribution) == (key, CASE, fact.contribution)
    closing = codec.decode_kept(codec.kept_key(key, ""), codec.encode_kept(9, None))
    assert (closing.key, closing.case_id, closing.version, closing.contribution) == (key, "", 9, None)


@pytest.mark.parametrize("text", ["", "acme|email", "acme|email|soon", "acme|email|99999999999999999999"])
def test_what_names_no_window_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="no window"):
        codec.window_key(text)


def test_a_summary_comes_back_with_its_last_line_over_all() -> None:
    figures = tally([Contribution(True, (1, 2, 3, 4, 5, 6, 7), Counts(grants=2))])
    lines = [SummaryLine("unspecified", figures), SummaryLine(None, figures)]
    assert summary_from_proto([summary_to_proto("acme", line) for line in lines]) == lines


def test_what_was_kept_before_closings_were_told_apart_is_still_read() -> None:
    """The tables' changelogs outlive a release; they hold facts by name, counts by their order."""
    tracked = follow(None, seen.Owned("1", NOON, NOON), "t", 0)
    tracked = follow(tracked, seen.Closed("7", confirmed=True), "t", 1)
    old = msgspec.msgpack.decode(codec.encode_tracked(tracked))
    del old["case"]["revocations"], old["case"]["closed"]["otherwise"]
    del old["case"]["notes"], old["case"]["first_owner"]["team"]
    assert codec.decode_tracked(msgspec.msgpack.encode(old)) == tracked
    version, (answered, gaps, counts, *_) = msgspec.msgpack.decode(
        codec.encode_kept(3, Contribution(True, (None,) * 7, Counts(grants=2, open=1)))
    )
    kept = msgspec.msgpack.encode((version, (answered, gaps, counts[:11])))
    key = codec.kept_key(WindowKey("acme", "email", NOON), CASE)
    assert codec.decode_kept(key, kept).contribution == Contribution(
        True, (None,) * 7, Counts(grants=2, open=1)
    )


def test_at_the_same_place_in_the_topics_a_fact_of_a_later_layout_is_the_newer_one() -> None:
    tracked = follow(None, seen.Began("b", NOON, "email", NOON, NOON, NOON), "t", 0)
    fact = fact_of(tracked, "acme", CASE)
    assert fact is not None
    assert fact.version > tracked.version + 2**39


def test_a_case_that_has_no_beginning_has_no_fact() -> None:
    tracked = follow(None, seen.Granted("g", NOON), "t", 0)
    assert fact_of(tracked, "acme", CASE) is None


def test_the_version_of_a_case_depends_on_what_was_read_and_not_on_the_interleaving() -> None:
    events = [
        ("a", 3, seen.Granted("1", NOON)),
        ("b", 9, seen.Granted("2", NOON)),
        ("a", 5, seen.Granted("3", NOON)),
    ]
    one = two = None
    for topic, offset, told in events:
        one = follow(one, told, topic, offset)
    for topic, offset, told in (events[0], events[2], events[1], events[2]):
        two = follow(two, told, topic, offset)
    assert one == two
    assert one is not None
    assert one.version == (5 + 1) + (9 + 1)


def test_windows_start_on_the_minute() -> None:
    key = WindowKey("acme", "email", NOON + timedelta(minutes=3))
    assert codec.window_key(codec.window_text(key)) == key
