"""Where a case stood at a moment, from the moves known so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.followup.domain.record import FollowUp, Move


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


def closed_spans(record: FollowUp) -> Iterator[tuple[datetime, datetime | None]]:
    """Each stretch the case was closed: from, and until it was reopened (None: still closed)."""
    since: datetime | None = None
    for move in record.moves:
        if move.kind == "closed" and since is None:
            since = move.at
        elif move.kind == "reopened" and since is not None:
            yield since, move.at
            since = None
    if since is not None:
        yield since, None
