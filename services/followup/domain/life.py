"""Where a case stood at a moment, from the moves known so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.followup.domain.record import FollowUp, Move, Said


def standing(record: FollowUp, at: datetime) -> str:
    """The last move before or at `at` ("resolved", "closed", "reopened"), or "open" before any."""
    last = "open"
    for move in record.moves:
        if move.at > at:
            break
        last = move.kind
    return last


def resolved_before(record: FollowUp, at: datetime) -> Move | None:
    """The resolution, or the closing of a case that never was resolved, that a word at `at` speaks about;
    None while the case is open."""
    found: Move | None = None
    for move in record.moves:
        if move.at > at:
            break
        if move.kind == "resolved" or (move.kind == "closed" and found is None):
            found = move
        elif move.kind == "reopened":
            found = None
    return found


@dataclass(frozen=True, slots=True)
class Merged:
    """A stretch of time in which this case was a part of another (`until` None: it still is)."""

    case_id: str
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies inside; what was at the very instant of the merge is still the case's own."""
        return self.since < at and (self.until is None or at < self.until)


def merged_spans(record: FollowUp) -> Iterator[Merged]:
    """Each stretch the case was merged into another, oldest first."""
    into: Move | None = None
    for move in record.moves:
        if into is None and move.merged_into:
            into = move
        elif into is not None and move.kind == "reopened":
            yield Merged(into.merged_into, into.at, move.at)
            into = None
    if into is not None:
        yield Merged(into.merged_into, into.at, None)


def heard(record: FollowUp) -> tuple[Said, ...]:
    """The customer's messages to this case and to those that were a part of it then, oldest first."""
    found = {message.key: message for came in record.absorbed for message in came.said}
    if not found:
        return record.said
    found |= {message.key: message for message in record.said}
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.key)))


def concerning(record: FollowUp) -> Iterator[Said]:
    """The same without what was said while this case was a part of another, which has heard it."""
    spans = tuple(merged_spans(record))
    return (one for one in heard(record) if not any(span.holds(one.at) for span in spans))


def closed_spans(record: FollowUp) -> Iterator[tuple[datetime, datetime | None]]:
    """Each stretch the case was closed: from, and until it was reopened (None: still closed). A merged case
    is not closed in this sense: its customer still waits, elsewhere."""
    since: datetime | None = None
    for move in record.moves:
        if move.kind == "closed" and since is None and not move.merged_into:
            since = move.at
        elif move.kind == "reopened" and since is not None:
            yield since, move.at
            since = None
    if since is not None:
        yield since, None
