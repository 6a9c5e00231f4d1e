"""Who calls, whether they may, and what every command may say besides."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc.aio
from amends.common.v1 import common_pb2

from services.chassis import ids, rpc
from services.chassis.security import Principal, Scope, require
from services.resolution.app.turn import Caller, Meta
from services.resolution.domain.errors import BadCommand
from services.resolution.domain.words import Amount

if TYPE_CHECKING:  # generic in its stubs alone
    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


meta: ContextVar[Meta] = ContextVar("meta", default=Meta())  # noqa: B039 - frozen
"""Of the running call; calls/edge.py reads it from the request by the names of its fields."""


def caller_of(principal: Principal) -> Caller:
    return Caller(principal.tenant_id, principal.employee_id or "", meta.get())


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
        return str(ids.uuid_of(text))
    except ValueError as error:
        raise BadCommand(f"bad_{name}", f"{name} is not a UUID.") from error


def amounts_of(amounts: Iterable[common_pb2.Amount]) -> tuple[Amount, ...]:
    return tuple(Amount(each.unit, each.value) for each in amounts)
