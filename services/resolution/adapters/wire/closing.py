"""As messages of the contract: how a case ends, and begins again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.enums import CLOSING
from services.resolution.adapters.wire.values import stamp
from services.resolution.domain import events as e


def _closed(case_id: str, event: e.CaseClosed) -> Message:
    return pb.CaseClosed(
        case_id=case_id,
        closing=CLOSING[event.closing],
        message_id=event.message_id,
        evidence=event.evidence,
        closed_at=stamp(event.closed_at),
        survivor_case_id=event.survivor_case_id,
    )


def _reopened(case_id: str, event: e.CaseReopened) -> Message:
    return pb.CaseReopened(
        case_id=case_id,
        message_id=event.message_id,
        because=event.because,
        reopened_at=stamp(event.reopened_at),
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.CaseClosed: _closed,
    e.CaseReopened: _reopened,
    e.ConfirmationHeldBack: lambda case_id, event: pb.ConfirmationHeldBack(
        case_id=case_id, message_id=event.message_id, words=event.words
    ),
}
