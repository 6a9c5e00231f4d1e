"""Errors as google.rpc.Status and back: the rule is ErrorInfo.reason, what is allowed its metadata."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, cast

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # ships no types
from grpc_status import rpc_status

from services.chassis import errors
from services.chassis.log import get_logger

log = get_logger(__name__)

Code = grpc.StatusCode
ErrorMap = Mapping[type[Exception], grpc.StatusCode]

ERROR_DOMAIN = "amends"

CODE_OF: ErrorMap = {
    errors.InvalidArgument: Code.INVALID_ARGUMENT,
    errors.Rejected: Code.INVALID_ARGUMENT,
    errors.Unauthenticated: Code.UNAUTHENTICATED,
    errors.PermissionRefused: Code.PERMISSION_DENIED,
    errors.NotFound: Code.NOT_FOUND,
    errors.Conflict: Code.ABORTED,
    errors.PreconditionFailed: Code.FAILED_PRECONDITION,
    errors.Retryable: Code.UNAVAILABLE,
}


def to_status(failure: Exception, codes: ErrorMap, method: str) -> status_pb2.Status:
    """What the caller of `method` is told; what it is not told is logged.

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
        return _rich(code, rule, "try again in a moment")
    return _rich(code, rule, getattr(failure, "detail", ""), getattr(failure, "allowed", {}))


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
    status.details.add().Pack(info)
    return status


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
    status = rpc_status.from_call(cast(Any, error))
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason, dict(info.metadata)
    return "", {}
