"""ResolutionService over gRPC: who may ask, the request in the domain's words, the answer in the contract's.

The actor of every command is the employee of the caller's key. Refusals of the domain become statuses by
ERROR_MAP, with their rule and what would be allowed (chassis rpc)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import grpc.aio
from amends.resolution.v1 import service_pb2 as pb
from amends.resolution.v1 import service_pb2_grpc
from google.protobuf.message import Message

from services.chassis import rpc
from services.chassis.security import Principal, Scope, require
from services.resolution.adapters import answers, wire
from services.resolution.adapters.enums import (
    CHANNEL_OF,
    CLOSING_OF,
    OUTCOME,
    REPLY_KIND_OF,
    STATUS_OF,
    VERDICT_OF,
)
from services.resolution.app.asking import MAX_PAGE, USUAL_PAGE, People, Questions
from services.resolution.app.handing_over import HandingOver
from services.resolution.app.handlers import Commands
from services.resolution.app.ports import CaseList, Once
from services.resolution.app.rules import Rules
from services.resolution.app.turn import Caller, Turns, once_of
from services.resolution.domain import commands as c
from services.resolution.domain.assignment import Employee
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Unknown
from services.resolution.domain.events import ReplyChecked
from services.resolution.domain.state import Case
from services.resolution.domain.words import Outcome, Person, ReplyKind

NAME = "amends.resolution.v1.ResolutionService"
ERROR_MAP: rpc.ErrorMap = {
    BadCommand: grpc.StatusCode.INVALID_ARGUMENT,
    NotYours: grpc.StatusCode.PERMISSION_DENIED,
    NotNow: grpc.StatusCode.FAILED_PRECONDITION,
    Unknown: grpc.StatusCode.NOT_FOUND,
}
if TYPE_CHECKING:  # generic in its stubs alone
    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class ResolutionServicer(service_pb2_grpc.ResolutionServiceServicer):
    """One method per call; see protos/amends/resolution/v1/service.proto."""

    def __init__(self, turns: Turns, rules: Rules) -> None:
        self._rules = rules
        self._commands = Commands(turns)
        self._handing_over = HandingOver(turns)
        self._questions = Questions(turns)
        self._people = People(turns)

    def _case(self, case: Case) -> pb.Case:
        return answers.case(case, self._rules.playbook_of(case))

    # ------------------------------------------------------------------------------------------ questions
    async def GetCase(self, request: pb.GetCaseRequest, context: Context) -> pb.Case:
        return self._case(await self._questions.get_case(_reader(), _id(request.case_id)))

    async def ListCases(self, request: pb.ListCasesRequest, context: Context) -> pb.ListCasesResponse:
        size = min(request.page_size or USUAL_PAGE, MAX_PAGE)
        if size < 0:
            raise BadCommand("bad_page_size", "A page has a size.", {"max": str(MAX_PAGE)})
        before = _id(request.page_token, "page_token") if request.page_token else ""
        wanted = CaseList(request.owner_id, STATUS_OF.get(request.status), size, before)
        cases = await self._questions.list_cases(_reader(), wanted)
        token = cases[-1].case_id if len(cases) == size else ""
        return pb.ListCasesResponse(cases=[self._case(case) for case in cases], next_page_token=token)

    async def GetHistory(self, request: pb.GetHistoryRequest, context: Context) -> pb.GetHistoryResponse:
        return answers.history(await self._questions.history(_reader(), _id(request.case_id)))

    async def CheckReply(self, request: pb.CheckReplyRequest, context: Context) -> pb.CheckReplyResponse:
        kind = REPLY_KIND_OF.get(request.kind, ReplyKind.REPLY)
        case_id = _id(request.case_id)
        checked = await self._questions.check_reply(_reader(), case_id, request.text, request.language, kind)
        return pb.CheckReplyResponse(
            outcome=OUTCOME[checked.outcome], findings=[wire.finding(each) for each in checked.findings]
        )

    async def SuggestRemedies(
        self, request: pb.SuggestRemediesRequest, context: Context
    ) -> pb.SuggestRemediesResponse:
        remedies = await self._questions.suggest_remedies(_reader(), _id(request.case_id))
        return pb.SuggestRemediesResponse(remedies=[answers.remedy(remedy) for remedy in remedies])

    # ------------------------------------------------------------------------------------------ people
    async def RegisterEmployee(self, request: pb.RegisterEmployeeRequest, context: Context) -> pb.Employee:
        asked = _allowed(Scope.STAFF_WRITE)
        wanted = request.employee
        person = Person(wanted.employee_id, wanted.display_name, wanted.rank, wanted.contact)
        employee = Employee(
            person=person,
            present=wanted.present,
            duty_owner=wanted.duty_owner,
            capacity=wanted.capacity,
            skills=frozenset(wanted.skills),
            languages=frozenset(wanted.languages),
            team=wanted.team,
        )
        return answers.employee(await self._people.register(asked, employee))

    async def SetPresence(self, request: pb.SetPresenceRequest, context: Context) -> pb.Employee:
        own = request.employee_id == (rpc.principal().employee_id or "")
        caller = _worker() if own else _allowed(Scope.STAFF_WRITE)
        return answers.employee(await self._people.set_presence(caller, request.employee_id, request.present))

    async def ListEmployees(
        self, request: pb.ListEmployeesRequest, context: Context
    ) -> pb.ListEmployeesResponse:
        employees = await self._people.list_employees(_reader())
        return pb.ListEmployeesResponse(employees=[answers.employee(each) for each in employees])

    # ------------------------------------------------------------------------------------------ the
    # owner's work
    async def SendReply(self, request: pb.SendReplyRequest, context: Context) -> pb.SendReplyResponse:
        caller = _worker()
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
        )
        once = _once(caller, "SendReply", request.idempotency_key, request)
        case_id = _id(request.case_id)
        checked = await self._commands.send_reply(caller, case_id, draft, request.language, once)
        return _reply_answer(checked)

    async def ProposeSolution(self, request: pb.ProposeSolutionRequest, context: Context) -> pb.Case:
        caller = _worker()
        once = _once(caller, "ProposeSolution", request.idempotency_key, request)
        return self._case(
            await self._commands.propose_solution(
                caller,
                _id(request.case_id),
                request.description,
                request.text,
                request.override_reason,
                once,
            )
        )

    async def RecordVerdict(self, request: pb.RecordVerdictRequest, context: Context) -> pb.Case:
        verdict = VERDICT_OF.get(request.verdict)
        if verdict is None:
            raise BadCommand(
                "verdict_missing", "Say what the verdict is.", {"verdicts": ",".join(VERDICT_OF.values())}
            )
        case_id = _id(request.case_id)
        return self._case(
            await self._commands.record_verdict(
                _worker(), case_id, verdict, request.message_id, request.if_version
            )
        )

    async def ApplyFix(self, request: pb.ApplyFixRequest, context: Context) -> pb.Case:
        return self._case(
            await self._commands.apply_fix(_worker(), _id(request.case_id), request.description)
        )

    async def RecordCause(self, request: pb.RecordCauseRequest, context: Context) -> pb.Case:
        return self._case(await self._commands.record_cause(_worker(), _id(request.case_id), request.cause))

    async def RecordPrevention(self, request: pb.RecordPreventionRequest, context: Context) -> pb.Case:
        case_id = _id(request.case_id)
        return self._case(await self._commands.record_prevention(_worker(), case_id, request.prevention))

    async def ResolveCase(self, request: pb.ResolveCaseRequest, context: Context) -> pb.Case:
        return self._case(await self._commands.resolve_case(_worker(), _id(request.case_id)))

    async def CloseCase(self, request: pb.CloseCaseRequest, context: Context) -> pb.Case:
        closing = CLOSING_OF.get(request.closing)
        if closing is None:
            raise BadCommand(
                "closing_missing", "Say how the case is closed.", {"closings": ",".join(CLOSING_OF.values())}
            )
        case_id = _id(request.case_id)
        return self._case(
            await self._commands.close_case(_worker(), case_id, closing, request.message_id, request.evidence)
        )

    async def GrantRemedy(self, request: pb.GrantRemedyRequest, context: Context) -> pb.Grant:
        caller = _allowed(Scope.REMEDIES_GRANT)
        once = _once(caller, "GrantRemedy", request.idempotency_key, request)
        case_id = _id(request.case_id)
        given, repeated = await self._commands.grant_remedy(
            caller, case_id, request.remedy_id, request.quantity or 1, once
        )
        return answers.grant(case_id, given, repeated=repeated)

    # ------------------------------------------------------------------------------------------ hand-offs
    # and help
    async def OfferHandOff(self, request: pb.OfferHandOffRequest, context: Context) -> pb.HandOff:
        case_id = _id(request.case_id)
        pending = await self._handing_over.offer(
            _allowed(Scope.CASES_HAND_OFF),
            case_id,
            request.to_employee_id,
            request.reason,
            request.summary,
            request.live,
        )
        return answers.hand_off(case_id, pending)

    async def AcceptHandOff(self, request: pb.AcceptHandOffRequest, context: Context) -> pb.Case:
        caller, case_id = _allowed(Scope.CASES_HAND_OFF), _id(request.case_id)
        return self._case(
            await self._handing_over.accept(caller, case_id, request.hand_off_id, request.summary_read)
        )

    async def DeclineHandOff(self, request: pb.DeclineHandOffRequest, context: Context) -> pb.Case:
        caller, case_id = _allowed(Scope.CASES_HAND_OFF), _id(request.case_id)
        return self._case(
            await self._handing_over.decline(caller, case_id, request.hand_off_id, request.reason)
        )

    async def JoinAsHelper(self, request: pb.JoinAsHelperRequest, context: Context) -> pb.Case:
        return self._case(await self._handing_over.help_out(_helper(), _id(request.case_id)))

    async def LeaveAsHelper(self, request: pb.LeaveAsHelperRequest, context: Context) -> pb.Case:
        return self._case(await self._handing_over.stop_helping(_helper(), _id(request.case_id)))


def _caller(principal: Principal) -> Caller:
    return Caller(principal.tenant_id, principal.employee_id or "")


def _allowed(scope: Scope) -> Caller:
    principal = rpc.principal()
    require(principal, scope)
    return _caller(principal)


def _reader() -> Caller:
    return _allowed(Scope.CASES_READ)


def _worker() -> Caller:
    return _allowed(Scope.CASES_WORK)


def _helper() -> Caller:
    """Anybody who works on cases may help, whatever their rank."""
    principal = rpc.principal()
    if Scope.CASES_HELP not in principal.scopes:
        require(principal, Scope.CASES_WORK)
    return _caller(principal)


def _id(text: str, name: str = "case_id") -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise BadCommand(f"bad_{name}", f"{name} is not a UUID.") from error


def _once(caller: Caller, command: str, key: str, request: Message) -> Once | None:
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    return once_of(caller, command, key, digest)


def _reply_answer(checked: ReplyChecked) -> pb.SendReplyResponse:
    """A stopped reply has no id: there is no such message."""
    return pb.SendReplyResponse(
        reply_id="" if checked.outcome is Outcome.STOPPED else checked.reply_id,
        outcome=OUTCOME[checked.outcome],
        findings=[wire.finding(each) for each in checked.findings],
    )
