"""What stands before every call of the service, by the names of its request's fields.

| field | what happens |
|---|---|
| any | checked by its rules (chassis validating); every violation is named at once |
| idempotency_key | the command and its answer are one transaction; the key again gets that answer |
| if_version, on_behalf_of, reason | go with the caller into the turn (app/turn.py) |

So a new call has all of this without a word about it: it is enough that its request has the fields.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.chassis import rpc
from services.chassis.security import Scope, require
from services.chassis.validating import demand_valid
from services.resolution.adapters.calls.callers import meta
from services.resolution.adapters.keys import Keys, Once
from services.resolution.app.turn import Meta
from services.resolution.domain.errors import Refusal

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context

Unary = Callable[[Any, "Context"], Awaitable[Any]]
Stream = Callable[[Any, "Context"], AsyncIterator[Any]]


def stand_before(servicer: Any, service: ServiceDescriptor, keys: Keys) -> None:
    """Puts the edge before every method of `servicer` that `service` declares."""
    for method in service.methods:
        inner = getattr(servicer, method.name)
        guarded = _stream(inner) if method.server_streaming else _unary(method, inner, keys)
        setattr(servicer, method.name, guarded)


def _stream(inner: Stream) -> Stream:
    async def asked(request: Any, context: Context) -> AsyncIterator[Any]:
        demand_valid(request)
        async for answer in inner(request, context):
            yield answer

    return asked


def _unary(method: MethodDescriptor, inner: Unary, keys: Keys) -> Unary:
    answer_class = GetMessageClass(method.output_type)
    has_key = "idempotency_key" in method.input_type.fields_by_name

    async def asked(request: Any, context: Context) -> Any:
        demand_valid(request)
        meta.set(_meta_of(request))
        if has_key and request.idempotency_key:
            return await _once(keys, _once_of(method.name, request), answer_class, inner, request, context)
        return await inner(request, context)

    return asked


def _meta_of(request: Message) -> Meta:
    """Raises PermissionRefused("scope_missing") for acting on behalf of another without the scope."""
    said = {name: getattr(request, name, None) for name in Meta.__slots__}
    if said["on_behalf_of"]:
        require(rpc.principal(), Scope.CASES_ON_BEHALF)
    return Meta(**{name: value for name, value in said.items() if value})


def _once_of(command: str, request: Any) -> Once:
    """A machine's keys are its own; an employee's stay theirs when the API key is renewed."""
    caller = rpc.principal()
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    holder = caller.employee_id or f"key:{caller.key_id}"
    return Once(caller.tenant_id, holder, request.idempotency_key, command, digest)


async def _once(
    keys: Keys, once: Once, answer_class: type[Message], inner: Unary, request: Any, context: Context
) -> Any:
    """`inner` in one transaction with its answer, or the answer that is there. A refusal leaves the key free;
    what it wants on record is committed before it goes on."""
    kept: Refusal | None = None
    answer: Any = None
    async with keys.claim(once) as claim:
        if claim.answer is not None:
            return _again(answer_class.FromString(claim.answer))
        try:
            answer = await inner(request, context)
        except Refusal as refusal:
            if not refusal.events:
                raise
            kept = refusal
            await claim.release()
        else:
            await claim.keep(answer.SerializeToString())
    if kept is not None:
        raise kept
    return answer


def _again(answer: Any) -> Any:
    """An answer that can say that it is a repeated one does."""
    if "repeated" in answer.DESCRIPTOR.fields_by_name:
        answer.repeated = True
    return answer
