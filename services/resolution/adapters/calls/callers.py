"""Who calls, and whether they may; ids and idempotency keys of a request, checked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import grpc.aio
from google.protobuf.message import Message

from services.chassis import rpc
from services.chassis.security import Principal, Scope, require
from services.resolution.app.ports import Once
from services.resolution.app.turn import Caller, once_of
from services.resolution.domain.errors import BadCommand

if TYPE_CHECKING:  # generic in its stubs alone
    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


def caller_of(principal: Principal) -> Caller:
    return Caller(principal.tenant_id, principal.employee_id or "")


def allowed(scope: Scope) -> Caller:
    principal = rpc.principal()
    require(principal, scope)
    return caller_of(principal)


def reader() -> Caller:
    return allowed(Scope.CASES_READ)


def worker() -> Caller:
    return allowed(Scope.CASES_WORK)


def helper() -> Caller:
    """Anybody who works on cases may help, whatever their rank."""
    principal = rpc.principal()
    if Scope.CASES_HELP not in principal.scopes:
        require(principal, Scope.CASES_WORK)
    return caller_of(principal)


def uuid_of(text: str, name: str = "case_id") -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise BadCommand(f"bad_{name}", f"{name} is not a UUID.") from error


def once_for(caller: Caller, command: str, key: str, request: Message) -> Once | None:
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    return once_of(caller, command, key, digest)
