"""As messages of the contract: what a team did with its playbooks. They are no events of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import stamp
from services.resolution.domain import playbook_versions as v


def _drafted(event: v.PlaybookDrafted) -> Message:
    return pb.PlaybookDrafted(
        playbook_id=event.playbook_id,
        version=event.version,
        drafted_by_employee_id=event.employee_id,
        drafted_at=stamp(event.drafted_at),
    )


def _reviewed(event: v.PlaybookReviewed) -> Message:
    return pb.PlaybookReviewed(
        playbook_id=event.playbook_id,
        version=event.version,
        reviewed_by_employee_id=event.employee_id,
        approved=event.approved,
        note=event.note,
        reviewed_at=stamp(event.reviewed_at),
    )


def _activated(event: v.PlaybookActivated) -> Message:
    return pb.PlaybookActivated(
        playbook_id=event.playbook_id,
        version=event.version,
        activated_by_employee_id=event.employee_id,
        previous_playbook_id=event.before.playbook_id if event.before else "",
        previous_version=event.before.version if event.before else 0,
        reason=event.reason,
        activated_at=stamp(event.activated_at),
    )


def _rolled_back(event: v.PlaybookRolledBack) -> Message:
    return pb.PlaybookRolledBack(
        playbook_id=event.playbook_id,
        version=event.version,
        from_version=event.from_version,
        rolled_back_by_employee_id=event.employee_id,
        reason=event.reason,
        rolled_back_at=stamp(event.rolled_back_at),
    )


_MAKE: Mapping[type, Callable[[Any], Message]] = {
    v.PlaybookDrafted: _drafted,
    v.PlaybookReviewed: _reviewed,
    v.PlaybookActivated: _activated,
    v.PlaybookRolledBack: _rolled_back,
}
assert set(_MAKE) == set(get_args(v.PlaybookEvent)), "everything done with a playbook has its message"


def playbook_message(event: v.PlaybookEvent) -> Message:
    """The published message of what was done with a playbook."""
    return _MAKE[type(event)](event)
