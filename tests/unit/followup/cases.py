"""A case for tests: short words for its facts, times in seconds after noon."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.followup.domain.advance import Step, advance, fire
from services.followup.domain.clocks import ClockInstance
from services.followup.domain.events import Event
from services.followup.domain.promises import Promise
from services.followup.domain.record import (
    Answer,
    Complaint,
    Fact,
    Failure,
    FollowUp,
    Move,
    Opened,
    Owner,
    Said,
    Terms,
)
from services.followup.domain.words import Channel, Severity, Solved

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = 86400.0
TERMS = Terms(
    policy_id="test@1",
    response_60s_s=60,
    first_response_s=3600,
    next_response_s=600,
    progress_s={Severity.LOW: 3 * DAY, Severity.NORMAL: DAY, Severity.HIGH: 28800, Severity.CRITICAL: 7200},
    circle_back_s=(DAY, 7 * DAY),
    circle_back_grace_s=DAY,
    circle_back_after_closing=True,
)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fresh() -> FollowUp:
    return FollowUp("acme", "case-1", TERMS)


def complaint(channel: Channel = Channel.EMAIL, *, live: bool = False, suppressed: bool = False) -> Complaint:
    return Complaint(
        message_id="m0",
        interaction_id="i0",
        channel=channel,
        account="care@air.example",
        thread_key="t0",
        party_kind="email" if channel is Channel.EMAIL else "phone",
        party_value="ana@home.example",
        party_name="Ana Lima",
        first_name="Ana",
        subject="Four hours late",
        provider_message_id="<a@home.example>",
        live=live,
        suppressed=suppressed,
    )


def said(
    message_id: str,
    seconds: float,
    *,
    received: float | None = None,
    solved: Solved = Solved.UNCLEAR,
    live: bool = False,
    suppressed: bool = False,
) -> Said:
    received_at = at(seconds if received is None else received)
    return Said(message_id, at(seconds), received_at, message_id, solved, suppressed=suppressed, live=live)


def opened(seconds: float = 0, severity: Severity = Severity.NORMAL) -> Opened:
    return Opened(at(seconds), severity)


def owner(employee_id: str = "maria", seconds: float = 1) -> Owner:
    return Owner(at(seconds), employee_id, employee_id.title(), f"{employee_id}@air.example")


def answer(contact_id: str, seconds: float, **more: object) -> Answer:
    return Answer(contact_id, at(seconds), **more)  # type: ignore[arg-type]


def bounce(contact_id: str, seconds: float) -> Failure:
    return Failure(contact_id, at(seconds))


def move(kind: str, seconds: float, employee_id: str = "") -> Move:
    return Move(at(seconds), kind, employee_id)


@dataclass
class Case:
    """A case told step by step; collects every event said."""

    record: FollowUp = field(default_factory=fresh)
    events: list[Event] = field(default_factory=list)
    last: Step | None = None

    def learn(self, now: float, *facts: Fact) -> Case:
        return self._take(advance(self.record, facts, at(now)))

    def fire(self, now: float) -> Case:
        return self._take(fire(self.record, at(now)))

    def said_of(self, *kinds: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kinds)]

    def _take(self, step: Step) -> Case:
        self.record, self.last = step.record, step
        self.events += step.events
        return self


def by_name(clocks: tuple[ClockInstance, ...]) -> dict[str, ClockInstance]:
    return {clock.clock.value: clock for clock in clocks}


def pending(promises: tuple[Promise, ...]) -> list[Promise]:
    return [promise for promise in promises if promise.pending]
