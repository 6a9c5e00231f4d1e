"""The owner's work, from the first reply to the closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.resolution.adapters import wire
from services.resolution.adapters.calls.callers import uuid_of, worker
from services.resolution.adapters.calls.calls import Calls
from services.resolution.adapters.enums import (
    CHANNEL_OF,
    CLOSING_OF,
    OUTCOME,
    REPLY_KIND_OF,
    SEVERITY,
    SEVERITY_OF,
    VERDICT_OF,
)
from services.resolution.domain import commands as c
from services.resolution.domain.errors import BadCommand
from services.resolution.domain.events import ReplyChecked
from services.resolution.domain.words import Outcome, Person, ReplyKind

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class WorkCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def SendReply(self, request: pb.SendReplyRequest, context: Context) -> pb.SendReplyResponse:
        caller = worker()
        draft = c.SendReply(
            actor=Person(caller.employee_id, "", 0),
            reply_id="",
            kind=REPLY_KIND_OF.get(request.kind, ReplyKind.REPLY),
            text=request.text,
            subject=request.subject,
            channel=CHANNEL_OF.get(request.channel, ""),
            promise_id=request.promise_id,
            hand_off_id=request.hand_off_id,
            override_reason=request.override_reason,
            ombudsman=request.ombudsman,
            delay_reason=request.delay_reason,
            answer_by=request.answer_by,
        )
        case_id = uuid_of(request.case_id)
        checked = await self._commands.send_reply(caller, case_id, draft, request.language)
        return _reply_answer(checked)

    async def ProposeSolution(self, request: pb.ProposeSolutionRequest, context: Context) -> pb.Case:
        case_id, override = uuid_of(request.case_id), request.override_reason
        return self._case(
            await self._commands.propose_solution(
                worker(), case_id, request.description, request.text, override
            )
        )

    async def RecordVerdict(self, request: pb.RecordVerdictRequest, context: Context) -> pb.Case:
        verdict = VERDICT_OF.get(request.verdict)
        if verdict is None:
            raise BadCommand(
                "verdict_missing", "Say what the verdict is.", {"verdicts": ",".join(VERDICT_OF.values())}
            )
        case_id = uuid_of(request.case_id)
        return self._case(await self._commands.record_verdict(worker(), case_id, verdict, request.message_id))

    async def ApplyFix(self, request: pb.ApplyFixRequest, context: Context) -> pb.Case:
        return self._case(
            await self._commands.apply_fix(worker(), uuid_of(request.case_id), request.description)
        )

    async def AssessSeverity(self, request: pb.AssessSeverityRequest, context: Context) -> pb.Case:
        severity = SEVERITY_OF.get(request.severity)
        if severity is None:
            raise BadCommand("severity_missing", "Say how severe it is.", {"severities": ",".join(SEVERITY)})
        case_id = uuid_of(request.case_id)
        return self._case(await self._commands.assess_severity(worker(), case_id, severity))

    async def RecordPrevention(self, request: pb.RecordPreventionRequest, context: Context) -> pb.Case:
        case_id = uuid_of(request.case_id)
        return self._case(await self._commands.record_prevention(worker(), case_id, request.prevention))

    async def ResolveCase(self, request: pb.ResolveCaseRequest, context: Context) -> pb.Case:
        return self._case(await self._commands.resolve_case(worker(), uuid_of(request.case_id)))

    async def CloseCase(self, request: pb.CloseCaseRequest, context: Context) -> pb.Case:
        closing = CLOSING_OF.get(request.closing)
        if closing is None:
            raise BadCommand(
                "closing_missing", "Say how the case is closed.", {"closings": ",".join(CLOSING_OF.values())}
            )
        case_id = uuid_of(request.case_id)
        return self._case(
            await self._commands.close_case(worker(), case_id, closing, request.message_id, request.evidence)
        )


def _reply_answer(checked: ReplyChecked) -> pb.SendReplyResponse:
    """A stopped reply has no id: there is no such message."""
    return pb.SendReplyResponse(
        reply_id="" if checked.outcome is Outcome.STOPPED else checked.reply_id,
        outcome=OUTCOME[checked.outcome],
        findings=[wire.finding(each) for each in checked.findings],
    )
