"""What a case is, what may be given, what the check would say: nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.resolution.adapters import answers, wire
from services.resolution.adapters.calls.callers import reader, uuid_of
from services.resolution.adapters.calls.calls import Calls
from services.resolution.adapters.calls.paging import Page
from services.resolution.adapters.enums import OUTCOME, REPLY_KIND_OF, STATUS_OF
from services.resolution.app.shapes import CaseList
from services.resolution.domain.words import ReplyKind

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class QuestionCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def GetCase(self, request: pb.GetCaseRequest, context: Context) -> pb.Case:
        return self._case(await self._questions.get_case(reader(), uuid_of(request.case_id)))

    async def ListCases(self, request: pb.ListCasesRequest, context: Context) -> pb.ListCasesResponse:
        caller, page = reader(), Page(request, usual=50, most=200)
        wanted = CaseList(request.owner_id, STATUS_OF.get(request.status), page.size, page.after)
        cases = await self._questions.list_cases(caller, wanted)
        answer = pb.ListCasesResponse(cases=[self._case(case) for case in cases])
        answer.next_page_token = page.following(len(cases), cases[-1].case_id if cases else "")
        return answer

    async def GetHistory(self, request: pb.GetHistoryRequest, context: Context) -> pb.GetHistoryResponse:
        caller, page = reader(), Page(request, usual=200, most=1000)
        after = int(page.after or 0)
        entries = await self._questions.history(caller, uuid_of(request.case_id), after, page.size)
        last = str(entries[-1].position) if entries else ""
        return answers.history(entries, page.following(len(entries), last))

    async def CheckReply(self, request: pb.CheckReplyRequest, context: Context) -> pb.CheckReplyResponse:
        kind = REPLY_KIND_OF.get(request.kind, ReplyKind.REPLY)
        case_id = uuid_of(request.case_id)
        checked = await self._questions.check_reply(reader(), case_id, request.text, request.language, kind)
        return pb.CheckReplyResponse(
            outcome=OUTCOME[checked.outcome], findings=[wire.finding(each) for each in checked.findings]
        )

    async def SuggestRemedies(
        self, request: pb.SuggestRemediesRequest, context: Context
    ) -> pb.SuggestRemediesResponse:
        remedies = await self._questions.suggest_remedies(reader(), uuid_of(request.case_id))
        return pb.SuggestRemediesResponse(remedies=[answers.remedy(remedy) for remedy in remedies])
