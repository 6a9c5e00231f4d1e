"""Errors as google.rpc.Status and back.

| detail | when | what it says |
|---|---|---|
| ErrorInfo | always | reason = rule, domain = "amends", metadata = what would be allowed |
| BadRequest | the failure has `violations` | every field that is wrong, not only the first |
| PreconditionFailure | FAILED_PRECONDITION, ABORTED | type = rule, subject = the case, description |
| RetryInfo | UNAVAILABLE | how long to wait before the same again |
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
import grpc.aio
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # ships no types
from grpc_status import rpc_status

from services.chassis import errors
from services.chassis.log import get_logger
from services.chassis.validating import Violation

log = get_logger(__name__)

Code = grpc.StatusCode
ErrorMap = Mapping[type[Exception], grpc.StatusCode]

ERROR_DOMAIN = "amends"
RETRY_AFTER_S = 1
# Trailers hold 8 KiB, so there is a limit to how much is named.
_MOST_BYTES = 3000

_RETRY = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S))
CODE_OF: ErrorMap = {
    errors.InvalidArgument: Code.INVALID_ARGUMENT,
    errors.Rejected: Code.INVALID_ARGUMENT,
    errors.Unauthenticated: Code.UNAUTHENTICATED,
    errors.PermissionRefused: Code.PERMISSION_DENIED,
    errors.NotFound: Code.NOT_FOUND,
    errors.Conflict: Code.ABORTED,
    errors.PreconditionFailed: Code.FAILED_PRECONDITION,
    errors.Retryable: Code.UNAVAILABLE,
    errors.Busy: Code.RESOURCE_EXHAUSTED,
}


def to_status(failure: Exception, codes: ErrorMap, method: str, subject: str = "") -> status_pb2.Status:
    """What the caller of `method` is told; what it is not told is logged. `subject` is what the call was
    about, such as "case/<id>".

    The code is that of the failure's nearest base in `codes`, FAILED_PRECONDITION for another exception with
    a `rule`, INTERNAL with an opaque id for one without.
    """
    rule = getattr(failure, "rule", None)
    if isinstance(failure, TimeoutError):
        return _rich(Code.DEADLINE_EXCEEDED, "deadline_exceeded", "the call took longer than it may")
    if rule is None or isinstance(failure, errors.ConfigError):
        return _unknown(failure, method)
    code = next((codes[base] for base in type(failure).__mro__ if base in codes), Code.FAILED_PRECONDITION)
    if code is Code.UNAVAILABLE:  # the detail of what is away is the operator's business
        log.warning("a call met a dependency that is away", method=method, rule=rule, error=failure)
        status = _rich(code, rule, "try again in a moment")
        _add(status, _RETRY)
        return status
    status = _rich(code, rule, getattr(failure, "detail", ""), getattr(failure, "allowed", {}))
    if isinstance(failure, errors.Busy):
        _add(status, _RETRY)
    if code in (Code.FAILED_PRECONDITION, Code.ABORTED):
        _add(status, _precondition(rule, subject, status.message))
    if found := getattr(failure, "violations", ()):
        _add(status, _bad_request(found))
    return status


def _unknown(failure: Exception, method: str) -> status_pb2.Status:
    error_id = secrets.token_hex(8)
    log.error("a call failed", method=method, error_id=error_id, exc_info=failure)
    told = f"our fault; quote {error_id} when you ask"
    return _rich(Code.INTERNAL, "internal", told, {"error_id": error_id})


def _rich(code: Code, rule: str, detail: str, allowed: Mapping[str, Any] | None = None) -> status_pb2.Status:
    """Cut so that it fits into the trailers, which hold 8 KiB."""
    info = error_details_pb2.ErrorInfo(reason=rule, domain=ERROR_DOMAIN)
    for key, value in list((allowed or {}).items())[:8]:
        info.metadata[str(key)[:64]] = str(value)[:512]
    status = status_pb2.Status(code=code.value[0], message=(detail or rule)[:1024])
    _add(status, info)
    return status


def _add(status: status_pb2.Status, detail: Any) -> None:
    status.details.add().Pack(detail)


def _precondition(rule: str, subject: str, told: str) -> Any:
    violated = error_details_pb2.PreconditionFailure.Violation
    violation = violated(type=rule, subject=subject[:128], description=told[:128])
    return error_details_pb2.PreconditionFailure(violations=[violation])


def _bad_request(found: Sequence[Violation]) -> Any:
    wrong = error_details_pb2.BadRequest()
    for each in found:
        if wrong.ByteSize() < _MOST_BYTES:
            wrong.field_violations.add(
                field=each.field[:128], reason=each.reason[:64], description=each.description[:160]
            )
    return wrong


def code_from(number: Any) -> Code:
    """A code as the enum, whether grpc gives the enum or its number."""
    return next(code for code in Code if number in (code, code.value[0]))


def code_of(status: status_pb2.Status) -> Code:
    """The code of a status."""
    return code_from(status.code)


def trailers(status: status_pb2.Status) -> tuple[tuple[str, str | bytes], ...]:
    """The trailing metadata that carries the details."""
    return tuple(rpc_status.to_status(status).trailing_metadata or ())


def error_reason(error: grpc.aio.AioRpcError) -> tuple[str, dict[str, str]]:
    """The rule and what would be allowed from a failed call's ErrorInfo; ("", {}) when it carries none."""
    told = read_error(error)
    return told.rule, told.allowed


@dataclass(frozen=True, slots=True)
class Told:
    """What a failed call's status says, for a client to act on."""

    rule: str = ""
    allowed: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    """By the path of each field that is wrong, the reason."""
    preconditions: tuple[tuple[str, str], ...] = ()
    """(rule, subject) of each thing that must be different first."""
    retry_after_s: float | None = None


def read_error(error: grpc.aio.AioRpcError) -> Told:
    """Every detail of a failed call that this module writes; empty where the status carries none."""
    status = rpc_status.from_call(cast(Any, error))
    info, wrong = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    unmet, retry = error_details_pb2.PreconditionFailure(), error_details_pb2.RetryInfo()
    for detail in status.details if status is not None else ():
        for known in (info, wrong, unmet, retry):
            detail.Unpack(known)
    return Told(
        rule=info.reason,
        allowed=dict(info.metadata),
        fields={each.field: each.reason for each in wrong.field_violations},
        preconditions=tuple((each.type, each.subject) for each in unmet.violations),
        retry_after_s=retry.retry_delay.ToTimedelta().total_seconds() if retry.ByteSize() else None,
    )
