"""An employee's desk: the platform's gRPC interfaces with this person's own key, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc.aio
from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import events_pb2 as followup_events
from amends.followup.v1 import service_pb2 as followup
from amends.followup.v1 import service_pb2_grpc as followup_grpc
from amends.intake.v1 import service_pb2 as intake
from amends.intake.v1 import service_pb2_grpc as intake_grpc
from amends.metrics.v1 import service_pb2 as metrics
from amends.metrics.v1 import service_pb2_grpc as metrics_grpc
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc

from services.chassis.calling import connect

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Targets:
    """`host:port` of each service's gRPC server."""

    intake: str
    resolution: str
    followup: str
    metrics: str


class Desk:
    """What one caller sees and may do. Every method raises grpc.aio.AioRpcError when the platform refuses."""

    def __init__(
        self,
        intake_channel: grpc.aio.Channel,
        resolution_channel: grpc.aio.Channel,
        followup_channel: grpc.aio.Channel,
        metrics_channel: grpc.aio.Channel,
    ) -> None:
        self.intake = intake_grpc.IntakeServiceStub(intake_channel)
        self.resolution = resolution_grpc.ResolutionServiceStub(resolution_channel)
        self.followup = followup_grpc.FollowupServiceStub(followup_channel)
        self.metrics = metrics_grpc.MetricsServiceStub(metrics_channel)

    @classmethod
    @asynccontextmanager
    async def open(cls, targets: Targets, token: str) -> AsyncIterator[Desk]:
        """Channels to every service with this key."""
        async with AsyncExitStack() as opened:
            channels = [
                await opened.enter_async_context(connect(target, token))
                for target in (targets.intake, targets.resolution, targets.followup, targets.metrics)
            ]
            yield cls(*channels)

    async def cases(
        self, owner_id: str = "", status: events.Status = events.STATUS_UNSPECIFIED
    ) -> list[resolution.Case]:
        """Every case, or those of one owner, in one status."""
        found: list[resolution.Case] = []
        token = ""
        while True:
            page = await self.resolution.ListCases(
                resolution.ListCasesRequest(
                    owner_id=owner_id, status=status, page_size=_PAGE, page_token=token
                )
            )
            found.extend(page.cases)
            token = page.next_page_token
            if not token:
                return found

    def watch(self) -> AsyncIterator[resolution.CaseChange]:
        """Every case that concerns one and what happens to it, as a console is told."""
        return aiter(self.resolution.WatchCases(resolution.WatchCasesRequest()))

    async def case(self, case_id: str) -> resolution.Case:
        """One case as it is now."""
        return await self.resolution.GetCase(resolution.GetCaseRequest(case_id=case_id))

    async def history(self, case_id: str) -> Sequence[resolution.GetHistoryResponse.Entry]:
        """Everything that was recorded about a case."""
        answer = await self.resolution.GetHistory(resolution.GetHistoryRequest(case_id=case_id))
        return list(answer.entries)

    async def messages(self, case_id: str) -> list[common.InboundMessage]:
        """What the customer said, oldest first."""
        answer = await self.intake.ListMessages(intake.ListMessagesRequest(case_id=case_id, page_size=_PAGE))
        return list(answer.messages)

    async def find(self, kind: str, value: str) -> list[str]:
        """Cases of the customer with this address or number, newest first; none when nobody has it."""
        party = common.Party(kind=kind, value=value)
        try:
            answer = await self.intake.FindCases(intake.FindCasesRequest(party=party))
        except grpc.aio.AioRpcError as refused:
            if refused.code() is grpc.StatusCode.NOT_FOUND:
                return []
            raise
        return list(answer.case_ids)

    async def rejected(self) -> list[intake.ListRejectedResponse.Item]:
        """What intake refused and kept for inspection."""
        answer = await self.intake.ListRejected(intake.ListRejectedRequest(page_size=_PAGE))
        return list(answer.items)

    async def promises(
        self, employee_id: str = "", case_id: str = "", *, due_only: bool = False
    ) -> list[followup.Promise]:
        """Promises of one employee or case; with `due_only` those to be kept now."""
        answer = await self.followup.ListPromises(
            followup.ListPromisesRequest(
                employee_id=employee_id, case_id=case_id, due_only=due_only, page_size=_PAGE
            )
        )
        return list(answer.promises)

    async def circle_backs_due(self, employee_id: str) -> list[followup.Promise]:
        """Whom this employee is to ask now whether everything is well."""
        due = await self.promises(employee_id, due_only=True)
        return [one for one in due if one.kind == followup_events.PROMISE_KIND_CIRCLE_BACK]

    async def clocks(self, case_id: str) -> list[followup.Clock]:
        """The running and settled clocks of a case."""
        return list((await self.followup.GetClocks(followup.GetClocksRequest(case_id=case_id))).clocks)

    async def contacts(self, case_id: str) -> list[followup.Contact]:
        """What went out to the customer of a case."""
        answer = await self.followup.ListContacts(followup.ListContactsRequest(case_id=case_id))
        return list(answer.contacts)

    async def summary(self) -> metrics.QueryWindowsResponse:
        """The figures of everything so far, per channel and over all."""
        return await self.metrics.Summarize(metrics.QueryWindowsRequest())

    async def reply(
        self,
        case_id: str,
        text: str,
        key: str,
        kind: events.ReplyKind = events.REPLY_KIND_REPLY,
        *,
        promise_id: str = "",
        hand_off_id: str = "",
    ) -> resolution.SendReplyResponse:
        """Say something to the customer; read the outcome, a stop by the reply check is no error."""
        return await self.resolution.SendReply(
            resolution.SendReplyRequest(
                case_id=case_id, text=text, kind=kind, idempotency_key=key,
                promise_id=promise_id, hand_off_id=hand_off_id,
            )
        )  # fmt: skip

    async def propose(self, case_id: str, description: str, text: str, key: str) -> resolution.Case:
        """Put a solution to the customer; without `text` it was spoken on the call."""
        return await self.resolution.ProposeSolution(
            resolution.ProposeSolutionRequest(
                case_id=case_id, description=description, text=text, idempotency_key=key
            )
        )

    async def verdict(self, case_id: str, verdict: events.Verdict, message_id: str) -> resolution.Case:
        """Record the customer's word on the proposal, with the message that says it."""
        return await self.resolution.RecordVerdict(
            resolution.RecordVerdictRequest(case_id=case_id, verdict=verdict, message_id=message_id)
        )

    async def grant(self, case_id: str, remedy_id: str, key: str) -> resolution.Grant:
        """Give something of value, inside one's limits."""
        return await self.resolution.GrantRemedy(
            resolution.GrantRemedyRequest(case_id=case_id, remedy_id=remedy_id, idempotency_key=key)
        )

    async def finish(self, case_id: str, fix: str, cause: str, prevention: str) -> resolution.Case:
        """What was done, why it happened, what stops it happening again, and "fixed"."""
        await self.resolution.ApplyFix(resolution.ApplyFixRequest(case_id=case_id, description=fix))
        await self.resolution.RecordCause(resolution.RecordCauseRequest(case_id=case_id, cause=cause))
        await self.resolution.RecordPrevention(
            resolution.RecordPreventionRequest(case_id=case_id, prevention=prevention)
        )
        return await self.resolution.ResolveCase(resolution.ResolveCaseRequest(case_id=case_id))

    async def debrief(self, case_id: str, participants: Sequence[str], outcome: str) -> resolution.Case:
        """Go through it with the colleagues who had a part in it, once it is resolved."""
        return await self.resolution.HoldDebrief(
            resolution.HoldDebriefRequest(case_id=case_id, participant_ids=participants, outcome=outcome)
        )

    async def offer_hand_off(
        self, case_id: str, to: str, reason: str, summary: str, *, live: bool
    ) -> resolution.HandOff:
        """Ask a colleague to take the case over, with the customer present."""
        return await self.resolution.OfferHandOff(
            resolution.OfferHandOffRequest(
                case_id=case_id, to_employee_id=to, reason=reason, summary=summary, live=live
            )
        )

    async def accept(self, case_id: str, hand_off_id: str) -> resolution.Case:
        """Take a case over that one was asked to take."""
        return await self.resolution.AcceptHandOff(
            resolution.AcceptHandOffRequest(case_id=case_id, hand_off_id=hand_off_id, summary_read=True)
        )

    async def help_with(self, case_id: str) -> resolution.Case:
        """Come in as a helper; the case stays where it is."""
        return await self.resolution.JoinAsHelper(resolution.JoinAsHelperRequest(case_id=case_id))
