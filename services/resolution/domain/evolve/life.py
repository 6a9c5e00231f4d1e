"""How a case changes: a case begins, is assessed again, and the steps of its playbook are proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.resolution.domain import events as e
from services.resolution.domain.evolve.changes import Changes
from services.resolution.domain.state import Call, Case, StepDone
from services.resolution.domain.words import Status


def opened(event: e.CaseOpened) -> Case:
    return Case(
        case_id=event.case_id,
        tenant_id=event.tenant_id,
        version=1,
        status=Status.OPEN,
        owner=event.owner,
        first_contact=event.first_contact or event.owner,
        owner_since=event.opened_at,
        customer_id=event.customer_id,
        first_name=event.first_name,
        full_name=event.full_name,
        channel=event.channel,
        severity=event.severity,
        category=event.category,
        language=event.language,
        playbook_id=event.playbook_id,
        playbook_version=event.playbook_version,
        opened_at=event.opened_at,
        complained_at=event.complained_at,
        last_word=event.word,
        linked_case_id=event.linked_case_id,
        addresses=(event.address,) if event.address else (),
        call=Call(event.call_id) if event.call_id else None,
        waiting=True,
    )


def _step(case: Case, event: e.StepCompleted) -> Changes:
    return {"steps": (*case.steps, StepDone(event.step_id, event.evidence_event_id, event.completed_at))}


CHANGES: Mapping[type, Callable[[Case, Any], Changes]] = {
    e.StepCompleted: _step,
    e.SeverityAssessed: lambda case, event: {"severity": event.severity},
}
