"""How a case changes: what is given to the customer (domain.md, Authority)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Case, Grant
from services.resolution.domain.words import Fulfilment


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
        customer_id=event.customer_id,
        quantity=event.quantity,
        stocked=event.stocked,
        drawn=event.drawn,
        fulfilment=Fulfilment.ORDERED if event.fulfil_by else Fulfilment.BY_HAND,
        fulfil_by=event.fulfil_by,
    )
    return {"grants": (*case.grants, grant)}


def _fulfilled(case: Case, event: e.RemedyFulfilled) -> Changes:
    return _with(case, event.grant_id, fulfilment=Fulfilment.FULFILLED, reference=event.reference)


def _failed(case: Case, event: e.RemedyFulfilmentFailed) -> Changes:
    return _with(case, event.grant_id, fulfilment=Fulfilment.FAILED)


def _revoked(case: Case, event: e.RemedyRevoked) -> Changes:
    return _with(case, event.grant_id, revoked_at=event.revoked_at, revoked_because=event.reason)


def _with(case: Case, grant_id: str, **changes: Any) -> Changes:
    return {
        "grants": tuple(
            replace(given, **changes) if given.grant_id == grant_id else given for given in case.grants
        )
    }


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.RemedyGranted: _granted,
    e.RemedyFulfilled: _fulfilled,
    e.RemedyFulfilmentFailed: _failed,
    e.RemedyRevoked: _revoked,
}
