"""What stands before every call of the service, by the names of its request's fields.

| field | what happens |
|---|---|
| idempotency_key | a command, decided in a round (adapters/rounds.py); the key again gets its answer |
| if_version, on_behalf_of, reason | go with the caller into the turn (app/turn.py) |

So a new call has all of this without a word about it: it is enough that its request has the fields.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.chassis import rpc
from services.chassis.security import Principal, Scope, require
from services.resolution.adapters.calls.callers import meta
from services.resolution.adapters.keys import Once
from services.resolution.adapters.rounds import Command, Rounds
from services.resolution.app.turn import Meta

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context

Unary = Callable[[Any, "Context"], Awaitable[Any]]
Stream = Callable[[Any, "Context"], AsyncIterator[Any]]
_NOTHING_SAID = Meta()


def stand_before(servicer: Any, service: ServiceDescriptor, rounds: Rounds) -> None:
    """Puts the edge before every method of `servicer` that `service` declares."""
    for method in service.methods:
        inner = getattr(servicer, method.name)
        guarded = _stream(inner) if method.server_streaming else _unary(method, inner, rounds)
        setattr(servicer, method.name, guarded)


def _stream(inner: Stream) -> Stream:
    async def asked(request: Any, context: Context) -> AsyncIterator[Any]:
        async for answer in inner(request, context):
            yield answer

    return asked


def _unary(method: MethodDescriptor, inner: Unary, rounds: Rounds) -> Unary:
    answer_class = GetMessageClass(method.output_type)
    fields = method.input_type.fields_by_name
    commands = "idempotency_key" in fields
    said = tuple(name for name in Meta.__slots__ if name in fields)

    async def asked(request: Any, context: Context) -> Any:
        meta.set(_meta_of(request, said))
        if not commands:
            return await inner(request, context)
        answer = await rounds.take(_command_of(method.name, request), partial(inner, request, context))
        return _again(answer_class.FromString(answer)) if isinstance(answer, bytes) else answer

    return asked


def _meta_of(request: Message, fields: Iterable[str]) -> Meta:
    """Raises PermissionRefused("scope_missing") for acting on behalf of another without the scope."""
    said = {name: value for name in fields if (value := getattr(request, name))}
    if not said:
        return _NOTHING_SAID
    if "on_behalf_of" in said:
        require(rpc.principal(), Scope.CASES_ON_BEHALF)
    return Meta(**said)


def _command_of(name: str, request: Any) -> Command:
    caller = rpc.principal()
    people = (caller.employee_id, getattr(request, "on_behalf_of", ""))
    return Command(
        name,
        caller.tenant_id,
        getattr(request, "case_id", "").lower(),
        tuple(each for each in people if each),
        _once_of(name, request, caller) if request.idempotency_key else None,
    )


def _once_of(command: str, request: Any, caller: Principal) -> Once:
    """A machine's keys are its own; an employee's stay theirs when the API key is renewed."""
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    holder = caller.employee_id or f"key:{caller.key_id}"
    return Once(caller.tenant_id, holder, request.idempotency_key, command, digest)


def _again(answer: Any) -> Any:
    """An answer that can say that it is a repeated one does."""
    if "repeated" in answer.DESCRIPTOR.fields_by_name:
        answer.repeated = True
    return answer
