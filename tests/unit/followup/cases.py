"""A case for tests: short words for its facts, times in seconds after noon."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from services.followup.domain.advance import Step, advance, fire
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.events import Event
from services.followup.domain.policy import ANY, MetBy, Policy, Target
from services.followup.domain.promises import Promise
from services.followup.domain.record import (
    Answer,
    Complaint,
    Fact,
    Failure,
    FollowUp,
    Judged,
    Move,
    Opened,
    Owner,
    Policed,
    Said,
    Terms,
)
from services.followup.domain.words import Channel, ClockName, ReplyKind, Severity, Solved, Verdict


def responses(first: float, hour: float, later: float) -> tuple[Target, ...]:
    """Targets of the response clocks, in seconds on the wall."""
    amounts = {
        ClockName.RESPONSE_60S: first,
        ClockName.FIRST_RESPONSE: hour,
        ClockName.NEXT_RESPONSE: later,
    }
    return tuple(Target(name, {ANY: amount}) for name, amount in amounts.items())


NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = 86400.0
TERMS = Terms(
    policy_id="test@1",
    targets=responses(60, 3600, 600),
    progress_s={Severity.LOW: 3 * DAY, Severity.NORMAL: DAY, Severity.HIGH: 28800, Severity.CRITICAL: 7200},
    circle_back_s=(DAY, 7 * DAY),
    circle_back_grace_s=DAY,
    circle_back_after_closing=True,
)


# Every clock of the service, small enough to be read: seconds on the wall.
ALL_CLOCKS = (
    *responses(60, 3600, 600),
    Target(ClockName.PROGRESS_UPDATE, {ANY: 700}),
    Target(ClockName.PROPOSAL, {ANY: 300}, MetBy.PROPOSAL),
    Target(
        ClockName.RESOLUTION_FIRST, {ANY: 1000}, MetBy.RESOLUTION, warn_percent=(50, 80), warn_before_s=(60,)
    ),
    Target(ClockName.RESOLUTION_TOTAL, {ANY: 1000}, MetBy.RESOLUTION),
    Target(ClockName.OWNER_TIME, {ANY: 800}, MetBy.RESOLUTION),
)
FULL = replace(TERMS, targets=ALL_CLOCKS)


def regulator(
    what: str,
    met_by: MetBy,
    amount: float,
    *,
    policy_id: str = "rule@1",
    seconds: float = 0,
) -> Policed:
    """A regulator's policy of one clock, ruling since then."""
    name = f"regulator:{policy_id.partition('@')[0]}:{what}"
    target = Target(name, {ANY: amount}, met_by)
    return Policed(at(seconds), Policy(policy_id, (target,)), "jurisdiction")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fresh(terms: Terms = TERMS) -> FollowUp:
    return FollowUp("acme", "case-1", terms)


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


def proposal(contact_id: str, seconds: float) -> Answer:
    return Answer(contact_id, at(seconds), kind=ReplyKind.PROPOSAL)


def verdict(word: Verdict, seconds: float, message_id: str = "v1") -> Judged:
    return Judged(at(seconds), word, message_id)


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
    return {clock.clock: clock for clock in clocks}


def pending(promises: tuple[Promise, ...]) -> list[Promise]:
    return [promise for promise in promises if promise.pending]
