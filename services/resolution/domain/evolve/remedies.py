"""How a case changes: what is given to the customer (domain.md, Authority)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case, Grant


def _granted(case: Case, event: e.RemedyGranted) -> Changes:
    grant = Grant(
        event.grant_id,
        event.remedy_id,
        event.granted_by_employee_id,
        event.cost,
        event.value,
        event.charges,
        event.granted_at,
        event.idempotency_key,
    )
    return {"grants": (*case.grants, grant)}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.RemedyGranted: _granted,
}
