"""How a case changes: authority asked for and lent (domain.md, Authority)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Asked, Case, Lent

ENDED: Mapping[str, Any] = {"asked": None, "lent": ()}
"""Authority is for one owner on an open case: another owner, or the closing, ends it."""


def _requested(case: Case, event: e.AuthorityRequested) -> Changes:
    return {
        "asked": Asked(
            event.request_id,
            event.requested_by,
            event.asked,
            event.amounts,
            event.remedy_id,
            event.reason,
            event.requested_at,
            event.expires_at,
        )
    }


def _lent(case: Case, event: e.AuthorityLent) -> Changes:
    lent = Lent(
        event.request_id,
        event.lender,
        event.borrower_employee_id,
        event.amounts,
        event.remedy_id,
        event.lent_at,
    )
    return {"asked": None, "lent": (*case.lent, lent)}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.AuthorityRequested: _requested,
    e.AuthorityLent: _lent,
    e.AuthorityDenied: lambda case, event: {"asked": None},
}
