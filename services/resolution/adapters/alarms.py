"""When a case wants to be looked at again, as timers: one of each kind per case, moved and cancelled with the
state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from services.chassis import timers
from services.chassis.db import Connection
from services.resolution.app.shapes import Change
from services.resolution.domain.decide import learning
from services.resolution.domain.state import Case

PREVENTION_TIMER = "prevention_due"
WIN_BACK_TIMER = "win_back_due"


def _prevention(case: Case) -> datetime | None:
    due_at = case.prevention_due_at
    return due_at if due_at is not None and learning.missing(case) else None


def _win_back(case: Case) -> datetime | None:
    asked = case.win_back
    return None if asked is None or asked.acted or asked.overdue else asked.due_at


ALARMS: Mapping[str, Callable[[Case], datetime | None]] = {
    PREVENTION_TIMER: _prevention,
    WIN_BACK_TIMER: _win_back,
}


async def save(tx: Connection, changes: Sequence[Change]) -> None:
    """Sets and cancels what these changes make different; most make nothing different."""
    wanted, gone = list[timers.Timer](), dict[str, list[UUID]]()
    for change in changes:
        case = change.after
        for kind, due_of in ALARMS.items():
            before, after = due_of(change.before) if change.before else None, due_of(case)
            if before == after:
                continue
            timer_id = uuid5(UUID(case.case_id), kind)
            if after is None:
                gone.setdefault(case.tenant_id, []).append(timer_id)
            else:
                wanted.append(timers.Timer(timer_id, case.tenant_id, case.case_id, kind, after))
    for tenant_id, timer_ids in sorted(gone.items()):
        await timers.cancel(tx, tenant_id, timer_ids)
    await timers.schedule(tx, wanted)
