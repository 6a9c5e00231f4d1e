"""As messages of the contract: two cases that are one complaint, and one that is two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.values import stamp
from services.resolution.domain import events as e


def _merged(case_id: str, event: e.CasesMerged) -> Message:
    return pb.CasesMerged(
        case_id=case_id,
        merged_case_id=event.merged_case_id,
        employee_id=event.employee_id,
        reason=event.reason,
        complained_at=stamp(event.complained_at),
        merged_at=stamp(event.merged_at),
    )


def _linked(case_id: str, event: e.CasesLinked) -> Message:
    return pb.CasesLinked(
        case_id=case_id,
        other_case_id=event.other_case_id,
        employee_id=event.employee_id,
        reason=event.reason,
        linked_at=stamp(event.linked_at),
    )


def _split(case_id: str, event: e.CaseSplit) -> Message:
    return pb.CaseSplit(
        case_id=case_id,
        from_case_id=event.from_case_id,
        to_case_id=event.to_case_id,
        employee_id=event.employee_id,
        reason=event.reason,
        message_ids=event.message_ids,
        undoes_merge=event.undoes_merge,
        split_at=stamp(event.split_at),
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.CasesMerged: _merged,
    e.CasesLinked: _linked,
    e.CaseSplit: _split,
}
