"""What the events of the other services tell, in the words of the figures (domain.md, "Events").

Times are aware UTC. `at` is when the event says it happened; `sequence` is the order, as text, in which one
service said things about one case. t0..t6 are the stamps of "Sixty seconds"; None when the event carries
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Began:
    """A complaint arrived; or, without stamps, a customer's late word began a case linked to a closed one."""

    event_id: str
    at: datetime
    channel: str
    t0: datetime | None = None
    t1: datetime | None = None
    t2: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owned:
    """Somebody owns the case; the earliest sequence is the first owner, and gives t3 and t4."""

    sequence: str
    t3: datetime | None
    t4: datetime | None
    team: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A person's message reached the customer: t5 sent, t6 received."""

    event_id: str
    at: datetime
    t5: datetime | None
    t6: datetime | None


@dataclass(frozen=True, slots=True)
class Spoke:
    """An employee spoke on a live call; said is heard, so `spoken_at` is t5 and t6 alike."""

    event_id: str
    at: datetime
    spoken_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClockMet:
    """A clock instance was met in time."""

    instance_id: str
    clock: str = ""


@dataclass(frozen=True, slots=True)
class ClockBreached:
    """A clock instance passed unmet, or was met late: final either way (clock rule 5)."""

    instance_id: str
    clock: str = ""


@dataclass(frozen=True, slots=True)
class PromiseKept:
    """A promise was kept; a circle-back that is kept has asked the customer."""

    promise_id: str
    circle_back: bool = False


@dataclass(frozen=True, slots=True)
class PromiseBroken:
    """A promise was broken: final, whatever is delivered later."""

    promise_id: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The case was closed; `confirmed` when the customer said so, `otherwise` how else: "withdrawn",
    "unreachable", "merged", "not_a_complaint", "final_response"; "" when that was not kept yet."""

    sequence: str
    confirmed: bool
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Reopened:
    """The case is open again: not solved after all, or the customer's word after closure (`counted`); or only
    because cases were merged or parted again, which says nothing of how well it was solved."""

    event_id: str
    sequence: str
    counted: bool = True


@dataclass(frozen=True, slots=True)
class HandedOff:
    """A receiver accepted the case with the customer present."""

    hand_off_id: str


@dataclass(frozen=True, slots=True)
class HandOffRefused:
    """Somebody tried to pass the case up, or to move it without the protocol."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Granted:
    """A remedy was given: what it costs us and is worth to the customer."""

    grant_id: str
    at: datetime
    unit: str = ""
    cost: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True)
class Revoked:
    """A remedy was taken back; after a merge on the survivor, which holds what the merged case was given."""

    grant_id: str


@dataclass(frozen=True, slots=True)
class ReplyChecked:
    """A reply was checked: with which outcome ("passed", "stopped", "overridden", "unchecked"), and each
    category of finding once."""

    event_id: str
    outcome: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """How the case stood when it was opened; one that follows a closed case begins with it."""

    sequence: str
    severity: str
    playbook: str
    began: Began | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """The owner gave the case another severity."""

    sequence: str
    severity: str


@dataclass(frozen=True, slots=True)
class Done:
    """One of notes.RECOVERY was done."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that is only counted, under one of the names of notes.py; once per `one`."""

    name: str
    one: str


@dataclass(frozen=True, slots=True)
class Felt:
    """What the customer answered to a circle-back; a question they did not answer is not in `said`."""

    sequence: str
    said: Mapping[str, int] = field(default_factory=dict)


Observation: TypeAlias = (
    Began
    | Owned
    | Answered
    | Spoke
    | ClockMet
    | ClockBreached
    | PromiseKept
    | PromiseBroken
    | Closed
    | Reopened
    | HandedOff
    | HandOffRefused
    | Granted
    | Revoked
    | ReplyChecked
    | Opened
    | Assessed
    | Done
    | Noted
    | Felt
)
