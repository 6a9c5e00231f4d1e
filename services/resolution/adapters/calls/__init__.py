"""ResolutionService over gRPC: who may ask, the request in the domain's words, the answer in the contract's.

The actor of every command is the employee of the caller's key. Refusals of the domain become statuses by
ERROR_MAP, with their rule and what would be allowed (chassis rpc). One file per group of calls."""

from __future__ import annotations

import grpc
from amends.resolution.v1 import service_pb2, service_pb2_grpc

from services.chassis import rpc
from services.resolution.adapters.calls.absence import AbsenceCalls
from services.resolution.adapters.calls.authority import AuthorityCalls
from services.resolution.adapters.calls.hand_offs import HandOffCalls
from services.resolution.adapters.calls.learning import LearningCalls
from services.resolution.adapters.calls.merging import MergingCalls
from services.resolution.adapters.calls.people import PeopleCalls
from services.resolution.adapters.calls.playbooks import PlaybookCalls
from services.resolution.adapters.calls.questions import QuestionCalls
from services.resolution.adapters.calls.remedies import RemedyCalls
from services.resolution.adapters.calls.watch import WatchCalls
from services.resolution.adapters.calls.work import WorkCalls
from services.resolution.adapters.watching import ReaderTooSlow, Watching
from services.resolution.app.rules import Rules
from services.resolution.app.turn import Turns
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Unknown

SERVICE = service_pb2.DESCRIPTOR.services_by_name["ResolutionService"]
NAME: str = SERVICE.full_name
ERROR_MAP: rpc.ErrorMap = {
    BadCommand: grpc.StatusCode.INVALID_ARGUMENT,
    NotYours: grpc.StatusCode.PERMISSION_DENIED,
    NotNow: grpc.StatusCode.FAILED_PRECONDITION,
    Unknown: grpc.StatusCode.NOT_FOUND,
    ReaderTooSlow: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class ResolutionServicer(
    QuestionCalls,
    WatchCalls,
    PeopleCalls,
    WorkCalls,
    MergingCalls,
    RemedyCalls,
    AuthorityCalls,
    HandOffCalls,
    AbsenceCalls,
    PlaybookCalls,
    LearningCalls,
    service_pb2_grpc.ResolutionServiceServicer,
):
    """One method per call; see protos/amends/resolution/v1/service.proto."""

    def __init__(self, turns: Turns, rules: Rules, watching: Watching, heartbeat_s: float) -> None:
        super().__init__(turns, rules)
        self.watching = watching
        self.heartbeat_s = heartbeat_s
