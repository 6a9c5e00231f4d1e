"""As messages of the contract: a case begins, is assessed again, and the steps of its playbook are proven."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.enums import CHANNEL, SEVERITY
from services.resolution.adapters.wire.values import stamp
from services.resolution.domain import events as e


def _case_opened(case_id: str, event: e.CaseOpened) -> Message:
    return pb.CaseOpened(
        case_id=case_id,
        customer_id=event.customer_id,
        channel=CHANNEL.get(event.channel, 0),
        severity=SEVERITY.get(event.severity, 0),
        category=event.category,
        playbook_id=event.playbook_id,
        playbook_version=event.playbook_version,
        opened_at=stamp(event.opened_at),
        linked_case_id=event.linked_case_id,
    )


def _step(case_id: str, event: e.StepCompleted) -> Message:
    return pb.StepCompleted(
        case_id=case_id,
        playbook_id=event.playbook_id,
        playbook_version=event.playbook_version,
        step_id=event.step_id,
        evidence_event_id=event.evidence_event_id,
        completed_at=stamp(event.completed_at),
        after_ms=event.after_ms,
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.CaseOpened: _case_opened,
    e.StepCompleted: _step,
    e.SeverityAssessed: lambda case_id, event: pb.SeverityAssessed(
        case_id=case_id,
        employee_id=event.employee_id,
        was=SEVERITY.get(event.was, 0),
        severity=SEVERITY.get(event.severity, 0),
        assessed_at=stamp(event.assessed_at),
        message_id=event.message_id,
        grounds=event.grounds,
    ),
}
