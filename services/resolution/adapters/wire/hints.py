"""As messages of the contract: what an employee on a call is told while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.wire.replies import finding
from services.resolution.adapters.wire.values import stamp
from services.resolution.domain import events as e


def _missing(of: e.MissingGood) -> pb.HintGiven.Missing:
    return pb.HintGiven.Missing(good=of.good, step_id=of.step_id, due_at=stamp(of.due_at), say=of.say)


def _given(case_id: str, event: e.HintGiven) -> Message:
    return pb.HintGiven(
        case_id=case_id,
        employee_id=event.employee_id,
        segment_id=event.segment_id,
        second=event.second,
        text=event.text,
        findings=[finding(each) for each in event.findings],
        missing=[_missing(each) for each in event.missing],
        pack_version=event.pack_version,
        given_at=stamp(event.given_at),
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.HintGiven: _given,
}
