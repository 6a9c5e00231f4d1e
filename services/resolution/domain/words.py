"""The closed vocabularies of a case, spelt as they are stored. Source: domain.md, Words and Life of a
case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SEVERITIES = ("low", "normal", "high", "critical")
"""How much a case matters to its customer, the lightest first."""


def weight(severity: str) -> int:
    """How much a severity weighs beside another; one that is not known weighs nothing."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


class Status(StrEnum):
    """Where a case is in its life."""

    OPEN = "open"
    PROPOSED = "proposed"
    FIXING = "fixing"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Verdict(StrEnum):
    """The customer's word on a proposal (below, meets, exceeds) or on a fix (not_solved, solved)."""

    BELOW = "below"
    MEETS = "meets"
    EXCEEDS = "exceeds"
    NOT_SOLVED = "not_solved"
    SOLVED = "solved"


class Closing(StrEnum):
    """Why a case is closed; each is counted apart, and none happens on silence alone."""

    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"
    MERGED = "merged"
    NOT_A_COMPLAINT = "not_a_complaint"
    FINAL_RESPONSE = "final_response"


class ReplyKind(StrEnum):
    """What a person's words to the customer are for."""

    REPLY = "reply"
    PROPOSAL = "proposal"
    INTRODUCTION = "introduction"
    PROGRESS = "progress"
    CIRCLE_BACK = "circle_back"
    FINAL_RESPONSE = "final_response"
    ACKNOWLEDGEMENT = "acknowledgement"
    HOLDING_REPLY = "holding_reply"
    SUMMARY_RESOLUTION = "summary_resolution"
    DELAY_NOTICE = "delay_notice"


class Outcome(StrEnum):
    """What the reply check said. A language without a pack is unchecked, never passed."""

    PASSED = "passed"
    STOPPED = "stopped"
    OVERRIDDEN = "overridden"
    UNCHECKED = "unchecked"


class Fulfilment(StrEnum):
    """How far a grant is on its way to the customer: by hand is nobody's but the owner's; ordered waits for
    the system that fulfils it to say how it went."""

    BY_HAND = "by_hand"
    ORDERED = "ordered"
    FULFILLED = "fulfilled"
    FAILED = "failed"


class Because(StrEnum):
    """Why this employee is the owner."""

    POINT_OF_CONTACT = "point_of_contact"
    TRUSTED = "trusted"
    BEST_MATCH = "best_match"
    DUTY_OWNER = "duty_owner"
    HAND_OFF = "hand_off"
    FORCED_LEAVER = "forced_leaver"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Person:
    """An employee as the customer may know them; rank 0 is the front line (P1.6: name and how to reach
    them)."""

    employee_id: str
    display_name: str
    rank: int
    contact: str = ""
    team: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units of a currency ("EUR", 1250) or whole units of something else ("miles", 15000)."""

    unit: str
    value: int


@dataclass(frozen=True, slots=True)
class Address:
    """Where the customer wrote from and how an answer finds its way back; channel as "email", "sms", ..."""

    channel: str
    party_kind: str
    party_value: str
    party_name: str = ""
    account: str = ""
    subject: str = ""
    thread_key: str = ""
    provider_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """One thing the customer said on this case, by its id and the instant it reached us (UTC)."""

    message_id: str
    received_at: datetime
