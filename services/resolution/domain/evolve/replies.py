"""How a case changes: words to the customer and what the reply check found in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes, spoken
from services.resolution.domain.state import Case, Letter
from services.resolution.domain.words import ReplyKind


def _reply_sent(case: Case, event: e.ReplySent) -> Changes:
    changes = {"replies": case.replies + 1, "said": _united(case.said, event.said), **spoken(case)}
    if event.kind is ReplyKind.FINAL_RESPONSE:
        changes["letter"] = Letter(event.reply_id, event.ombudsman, event.released_at)
    return changes


def _united(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return old if set(new) <= set(old) else tuple(sorted({*old, *new}))


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.ReplyChecked: lambda case, event: {},
    e.ReplySent: _reply_sent,
}
