"""Between protobuf and the words of the figures: events in, answers out.

Both the stream and the recount read events through `Reader`, so they cannot differ in what an event means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.metrics.v1 import events_pb2 as metrics
from amends.resolution.v1 import events_pb2 as resolution

from services.chassis.clock import stamp_or_none, to_proto
from services.chassis.envelope import Event, EventRegistry, Headers, header
from services.chassis.errors import Rejected
from services.metrics.app.queries import SummaryLine, WindowAnswer
from services.metrics.domain import notes
from services.metrics.domain import observations as seen
from services.metrics.domain.window import WINDOW, Counts, Figures, GapFigures

_SPOKEN_BY_EMPLOYEE = intake.TranscriptSegmentReceived.SPEAKER_EMPLOYEE
_CIRCLE_BACK = followup.PROMISE_KIND_CIRCLE_BACK
# The steps of the playbooks that are apology and responsibility; no event of their own tells of these.
_STEPS = {"apologise": "apology", "take-responsibility": "responsibility"}
_US = 1_000_000
_CLOSINGS = {
    number: name.removeprefix("CLOSING_").lower() for name, number in resolution.Closing.items() if number
}
# A case can be open again without the customer having said that it is not solved.
_OURS = ("cases_merged", "merge_undone")


class Told(NamedTuple):
    """What one event tells about one case."""

    tenant_id: str
    case_id: str
    observation: seen.Observation


class Reader:
    """Reads the events that matter to the figures."""

    def __init__(self) -> None:
        self.registry = EventRegistry(intake, resolution, followup)
        self.wanted = sorted(_READERS)

    def passes_over(self, headers: Headers) -> bool:
        """Whether this is an event of a known type that changes no figure; it is not even decoded."""
        type_name = (header(headers, "ce_type") or b"").decode(errors="replace")
        return self.registry.knows(type_name) and type_name not in _READERS

    def read(self, event: Event) -> Told | None:
        """What the event tells; None when this one changes no figure (a bot's message, a passed reply).

        Raises Rejected("malformed_event") when the case is not the key, or the order within it is missing.
        """
        case_id = getattr(event.message, "case_id", "")
        if not case_id or case_id != event.key:
            raise Rejected(
                "malformed_event", f"{event.type} is keyed {event.key!r} but tells of case {case_id!r}"
            )
        if event.type not in _READERS:
            return None
        observation = _READERS[event.type](event)
        return Told(event.tenant_id, case_id, observation) if observation else None


def channel_name(channel: int) -> str:
    """How the figures call a channel: "email", "phone"; one newer than this process is "unspecified"."""
    known = common_pb2.Channel.DESCRIPTOR.values_by_number.get(channel)
    return known.name.removeprefix("CHANNEL_").lower() if known else "unspecified"


def channel_value(name: str) -> Any:
    """The enum value of a channel's name."""
    return common_pb2.Channel.Value(f"CHANNEL_{name.upper()}")


def severity_name(severity: int) -> str:
    """How the figures call a severity: "low", "critical"; one newer than this process is "unspecified"."""
    known = common_pb2.Severity.DESCRIPTOR.values_by_number.get(severity)
    return known.name.removeprefix("SEVERITY_").lower() if known else "unspecified"


def window_to_proto(answer: WindowAnswer) -> metrics.Window:
    """One window."""
    window = figures_to_proto(answer.figures)
    window.tenant_id = answer.key.tenant_id
    window.channel = channel_value(answer.key.channel)
    window.start.CopyFrom(to_proto(answer.key.start))
    window.length_s = int(WINDOW.total_seconds())
    window.final = answer.final
    return window


def summary_to_proto(tenant_id: str, line: SummaryLine) -> metrics.Window:
    """One line of a summary: no start and no length, channel unspecified for all together."""
    window = figures_to_proto(line.figures)
    window.tenant_id = tenant_id
    window.channel = channel_value(line.channel or "unspecified")
    return window


def summary_from_proto(windows: Sequence[metrics.Window]) -> list[SummaryLine]:
    """A summary as it was answered: a line per channel, the one over all at the end."""
    return [
        SummaryLine(
            None if place == len(windows) else channel_name(window.channel), figures_from_proto(window)
        )
        for place, window in enumerate(windows, start=1)
    ]


def figures_from_proto(window: metrics.Window) -> Figures:
    """The reverse of figures_to_proto."""
    return Figures(
        complaints=window.complaints,
        answered=window.answered,
        within_60s=window.within_60s,
        unknown=window.unknown,
        gaps=tuple(_gap_from_proto(gap) for gap in window.gaps),
        counts=Counts(**{name: getattr(window, name) for name in Counts._fields}),
        recovery=_gap_from_proto(window.recovery),
        more=dict(window.more),
    )


def _gap_from_proto(gap: metrics.Gap) -> GapFigures:
    return GapFigures(gap.name, gap.known, gap.unknown, gap.p50_s, gap.p95_s, gap.p99_s)


def _gap_to_proto(gap: GapFigures) -> metrics.Gap:
    return metrics.Gap(
        name=gap.name,
        known=gap.known,
        unknown=gap.unknown,
        p50_s=gap.p50_s,
        p95_s=gap.p95_s,
        p99_s=gap.p99_s,
    )


def figures_to_proto(figures: Figures) -> metrics.Window:
    """The figures alone; of whom and of when is for the caller to say."""
    return metrics.Window(
        complaints=figures.complaints,
        answered=figures.answered,
        within_60s=figures.within_60s,
        unknown=figures.unknown,
        share_60s=figures.share_60s,
        gaps=[_gap_to_proto(gap) for gap in figures.gaps],
        recovery=_gap_to_proto(figures.recovery),
        more=figures.more,
        **figures.counts._asdict(),
    )


def _sequence(event: Event) -> str:
    """The order in which resolution said it; owners and closings cannot be told apart in time without it."""
    if not event.sequence:
        raise Rejected("malformed_event", f"{event.type} carries no ce_sequence")
    return event.sequence


def _complaint(event: Event) -> seen.Began:
    message: Any = event.message
    said = message.message
    return seen.Began(
        event.event_id,
        event.time,
        channel_name(said.channel),
        # Of what an earlier system had before us nobody knows how long its first answer took.
        t0=None if said.imported_from else stamp_or_none(said, "occurred_at"),
        t1=stamp_or_none(said, "received_at"),
        t2=stamp_or_none(said, "normalised_at"),
    )


def _opened(event: Event) -> seen.Opened:
    # A case opened on a complaint began with the complaint; only a linked one begins here.
    message: Any = event.message
    linked = message.linked_case_id
    began = seen.Began(event.event_id, event.time, channel_name(message.channel)) if linked else None
    return seen.Opened(_sequence(event), severity_name(message.severity), message.playbook_id, began)


def _assessed(event: Event) -> seen.Assessed:
    message: Any = event.message
    return seen.Assessed(_sequence(event), severity_name(message.severity))


def _segment(event: Event) -> seen.Spoke | None:
    message: Any = event.message
    if message.speaker != _SPOKEN_BY_EMPLOYEE:
        return None
    return seen.Spoke(event.event_id, event.time, stamp_or_none(message, "occurred_at"))


def _owner(event: Event) -> seen.Owned:
    message: Any = event.message
    return seen.Owned(
        _sequence(event),
        stamp_or_none(message, "offered_at"),
        stamp_or_none(message, "accepted_at"),
        message.owner.team,
    )


def _delivered(event: Event) -> seen.Answered | None:
    message: Any = event.message
    if not message.human:
        return None
    return seen.Answered(
        event.event_id, event.time, stamp_or_none(message, "sent_at"), stamp_or_none(message, "delivered_at")
    )


def _clock_met(event: Event) -> seen.ClockMet | seen.ClockBreached:
    message: Any = event.message
    return (seen.ClockMet if message.in_time else seen.ClockBreached)(message.instance_id, message.clock)


def _clock_breached(event: Event) -> seen.ClockBreached:
    message: Any = event.message
    return seen.ClockBreached(message.instance_id, message.clock)


def _kept(event: Event) -> seen.PromiseKept:
    message: Any = event.message
    return seen.PromiseKept(message.promise_id, message.kind == _CIRCLE_BACK)


def _broken(event: Event) -> seen.PromiseBroken:
    message: Any = event.message
    return seen.PromiseBroken(message.promise_id)


def _closed(event: Event) -> seen.Closed:
    message: Any = event.message
    confirmed = message.closing == resolution.CLOSING_CONFIRMED
    otherwise = "" if confirmed else _CLOSINGS.get(message.closing, "")
    return seen.Closed(_sequence(event), confirmed, otherwise)


def _reopened(event: Event) -> seen.Reopened:
    message: Any = event.message
    return seen.Reopened(event.event_id, _sequence(event), counted=message.because not in _OURS)


def _handed_off(event: Event) -> seen.HandedOff:
    message: Any = event.message
    return seen.HandedOff(message.hand_off_id)


def _refused(event: Event) -> seen.HandOffRefused:
    return seen.HandOffRefused(event.event_id)


def _granted(event: Event) -> seen.Granted:
    message: Any = event.message
    cost = message.cost
    at = stamp_or_none(message, "granted_at") or event.time
    return seen.Granted(message.grant_id, at, cost.unit, cost.value, message.value.value)


def _revoked(event: Event) -> seen.Revoked:
    message: Any = event.message
    return seen.Revoked(message.grant_id)


def _checked(event: Event) -> seen.ReplyChecked:
    message: Any = event.message
    outcome = resolution.ReplyChecked.Outcome.DESCRIPTOR.values_by_number.get(message.outcome)
    name = outcome.name.removeprefix("OUTCOME_").lower() if outcome else "unspecified"
    return seen.ReplyChecked(
        event.event_id, name, tuple(sorted({finding.category for finding in message.findings}))
    )


def _step(event: Event) -> seen.Done | None:
    message: Any = event.message
    what = _STEPS.get(message.step_id)
    return seen.Done(what, stamp_or_none(message, "completed_at") or event.time) if what else None


def _proposed(event: Event) -> seen.Done:
    return seen.Done("decision", stamp_or_none(event.message, "proposed_at") or event.time)


def _felt(event: Event) -> seen.Felt | None:
    """Only whoever was asked: those who speak up unasked would make the figures better than they are."""
    message: Any = event.message
    if not message.answers_circle_back:
        return None
    said = {notes.RECOMMEND: message.recommend} if message.recommend >= 0 else {}
    said |= {notes.SATISFACTION: message.satisfaction} if message.satisfaction >= 1 else {}
    said |= {notes.EFFORT: message.effort} if message.effort >= 1 else {}
    return seen.Felt(_sequence(event), said)


def _noting(name: str) -> Callable[[Event], seen.Noted]:
    """An event that is only counted, each once."""
    return lambda event: seen.Noted(name, event.event_id)


_READERS: Mapping[str, Callable[[Event], seen.Observation | None]] = {
    message.DESCRIPTOR.full_name: read
    for message, read in (
        (intake.ComplaintReceived, _complaint),
        (intake.TranscriptSegmentReceived, _segment),
        (resolution.CaseOpened, _opened),
        (resolution.SeverityAssessed, _assessed),
        (resolution.OwnerAssigned, _owner),
        (resolution.CaseClosed, _closed),
        (resolution.CaseReopened, _reopened),
        (resolution.HandOffAccepted, _handed_off),
        (resolution.HandOffRefused, _refused),
        (resolution.RemedyGranted, _granted),
        (resolution.RemedyRevoked, _revoked),
        (resolution.ReplyChecked, _checked),
        (resolution.StepCompleted, _step),
        (resolution.SolutionProposed, _proposed),
        (resolution.AuthorityRequested, _noting(notes.AUTHORITY_REQUESTS)),
        (resolution.RepeatContactCounted, _noting(notes.CHASES)),
        (resolution.RepeatFailureFound, _noting(notes.REPEAT_FAILURES)),
        (resolution.CustomerDefected, _noting(notes.DEFECTIONS)),
        (resolution.CustomerWonBack, _noting(notes.WON_BACK)),
        (followup.ContactDelivered, _delivered),
        (followup.ClockMet, _clock_met),
        (followup.ClockBreached, _clock_breached),
        (followup.PromiseKept, _kept),
        (followup.PromiseBroken, _broken),
        (followup.FeedbackReceived, _felt),
        (followup.ChampionCreated, _noting(notes.CHAMPIONS)),
    )
}
