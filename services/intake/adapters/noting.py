"""The customer's answer on a call, written down by the employee who was in it (P2.7): over gRPC.

The provider's own events show that the two were in that call, so nobody can write down an answer that nobody
was there to give; that an employee wrote it is on record with it.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.errors import InvalidArgument, NotFound, PermissionRefused, PreconditionFailed
from services.chassis.rpc import principal
from services.chassis.security import Principal, Scope, require
from services.intake.adapters.channels import answer
from services.intake.adapters.operating import Tools
from services.intake.app.handlers import Reception
from services.intake.app.ports import Archive, CallOnRecord
from services.intake.domain.decide import SESSION
from services.intake.domain.records import (
    Channel,
    CustomerAnswer,
    CustomerWord,
    Outcome,
    Pointer,
    Source,
    ThreadKey,
)
from services.intake.domain.text import clean_text

PROVIDER = "notes"


class NotingServicer(service_pb2_grpc.IntakeServiceServicer):
    """The part of IntakeService that is about calls; every answer is about the caller's tenant alone."""

    _archive: Archive
    _tools: Tools

    async def NoteAnswer(self, request: pb.NoteAnswerRequest, context: Any) -> pb.NoteAnswerResponse:
        """Write down what the customer answered; NOT_FOUND also for another tenant's case."""
        caller = principal()
        require(caller, Scope.CASES_WORK)
        if not caller.employee_id:
            raise PermissionRefused("no_employee", "only who was in the call can write it down")
        case_id = UUID(request.case_id)
        interaction_id = str(UUID(request.interaction_id))
        call = await self._archive.call(caller.tenant_id, case_id, interaction_id)
        if call is None:
            raise NotFound("unknown_call", "this case has no such call")
        if caller.employee_id not in call.employees:
            raise PermissionRefused(
                "not_in_the_call",
                "the provider does not show you in this call with the customer",
                {"employees": " ".join(sorted(call.employees))},
            )
        given = _given(request, caller.employee_id)
        word = _word(caller, interaction_id, call, given, Pointer("case", case_id))
        return await _accepted(self._tools.reception, request, word)


async def _accepted(
    reception: Reception, request: pb.NoteAnswerRequest, word: CustomerWord
) -> pb.NoteAnswerResponse:
    raw = request.SerializeToString(deterministic=True)
    (taken,) = await reception.accept(raw, "application/x-protobuf", reception.now(), [word])
    if taken.outcome is Outcome.REUSED_KEY:
        raise PreconditionFailed("noted_before", "another answer was written down of this call")
    return pb.NoteAnswerResponse(message_id=str(taken.message_id), repeated=taken.duplicate)


def _given(request: pb.NoteAnswerRequest, employee_id: str) -> CustomerAnswer:
    told = request.answer
    comment = clean_text(told.comment)[: answer.COMMENT_LIMIT].strip()
    if not comment:
        raise InvalidArgument("words_missing", "write down what the customer said, in the customer's words")
    if told.verdict not in ("", *answer.VERDICTS):
        raise InvalidArgument("bad_verdict", "below, meets, exceeds or empty")
    for name, (least, most) in answer.SCALES.items():
        nothing = -1 if least == 0 else 0
        if getattr(told, name) != nothing and not least <= getattr(told, name) <= most:
            raise InvalidArgument(f"bad_{name}", f"from {least} to {most}, or {nothing} when not said")
    scores = {name: getattr(told, name) for name in answer.SCALES}
    return replace(CustomerAnswer(told.solved, told.verdict, comment=comment, noted_by=employee_id), **scores)


def _word(
    caller: Principal, interaction_id: str, call: CallOnRecord, given: CustomerAnswer, pointer: Pointer
) -> CustomerWord:
    text = answer.words(given)
    return CustomerWord(
        source=Source(caller.tenant_id, PROVIDER, PROVIDER, interaction_id, Channel.PHONE),
        parties=(call.party,),
        text=text,
        text_stripped=text,
        occurred_at=call.last_at,
        keys=(ThreadKey(SESSION, call.session_id, "provider_thread"),) if call.session_id else (),
        pointers=(pointer,),
        must_thread=True,
        answer=given,
        fingerprint=sha256(repr(given).encode()).digest(),
    )
