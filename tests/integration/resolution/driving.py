"""One complaint driven through a playbook over gRPC, deed by deed: each deed is what an employee or the
customer would do to prove a step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb
from amends.resolution.v1.service_pb2_grpc import ResolutionServiceStub

from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.world import FIRST_REPLY, INTAKE, Story, World, by_phone, refused

APOLOGY_AGAIN = (
    "Maria, now that I know what it meant for you: I am truly sorry. Here is what I will do by 6 pm today: "
    "I will refund the fare. Does that make it right for you?"
)
CIRCLE_BACK = (
    "Maria, I said that I would come back to you today. So that this does not happen again, a crew stands by "
    "from now on. If anything is left, you can reach me directly. Is everything solved now?"
)
EMPATHY = "Maria, I can imagine how upsetting that was. I will put it right today."
LINGERS = "Maria, it is done now. If anything is left, you can reach me directly, today and tomorrow."
REASSURANCE = "So that this does not happen again, Maria, a crew stands by from now on."


@dataclass
class Drive:
    """A case, its owner at their desk, and the customer by mail or on a call."""

    air: World
    story: Story
    ana: ResolutionServiceStub

    @property
    def case_id(self) -> str:
        return self.story.case_id

    async def reply(self, text: str = FIRST_REPLY, kind: out.ReplyKind = out.REPLY_KIND_REPLY) -> None:
        answer = await self.ana.SendReply(pb.SendReplyRequest(case_id=self.case_id, text=text, kind=kind))
        assert answer.outcome == out.ReplyChecked.OUTCOME_PASSED, answer

    async def circle_back(self) -> None:
        await self.reply(CIRCLE_BACK, out.REPLY_KIND_CIRCLE_BACK)

    async def customer(self, text: str) -> str:
        """A word of the customer, spoken on a call, else by mail; its id, once resolution knows it."""
        if not self.story.live:
            return await self.air.hear_customer(self.story, text)
        word = self.story.speaks("", text)
        await self.air.say(INTAKE, word)
        await self.air.known(word.segment_id)
        return word.segment_id

    async def employee_says(self, step_id: str, text: str) -> None:
        """Speech of the owner on the call, until it has proven this step."""
        await self.air.say(INTAKE, self.story.speaks("ana", text))

        async def proven() -> bool:
            return step_id in await self.done()

        await wait_for(proven, what=f"the step {step_id}")

    async def propose(self, text: str = "") -> None:
        """Put a solution to the customer; spoken when there is no text."""
        await self.ana.ProposeSolution(
            pb.ProposeSolutionRequest(case_id=self.case_id, description="The fare refunded", text=text)
        )

    async def accepted(self, verdict: out.Verdict = out.VERDICT_MEETS) -> None:
        """The customer says yes to it."""
        message_id = await self.customer("Yes, that would make it right.")
        await self.ana.RecordVerdict(
            pb.RecordVerdictRequest(case_id=self.case_id, verdict=verdict, message_id=message_id)
        )

    async def remedy(self) -> None:
        await self.ana.GrantRemedy(
            pb.GrantRemedyRequest(case_id=self.case_id, remedy_id="lounge-access", idempotency_key="lounge")
        )

    async def fix(self) -> None:
        await self.ana.ApplyFix(pb.ApplyFixRequest(case_id=self.case_id, description="Fare refunded"))

    async def cause(self) -> None:
        await self.ana.RecordCause(pb.RecordCauseRequest(case_id=self.case_id, cause="No spare crew"))

    async def prevention(self) -> None:
        await self.ana.RecordPrevention(
            pb.RecordPreventionRequest(case_id=self.case_id, prevention="A crew stands by from May on")
        )

    async def debrief(self) -> None:
        await self.ana.HoldDebrief(
            pb.HoldDebriefRequest(
                case_id=self.case_id, participant_ids=["ana"], outcome="It was nobody's step"
            )
        )

    async def resolve(self) -> None:
        await self.ana.ResolveCase(pb.ResolveCaseRequest(case_id=self.case_id))

    async def close(self, message_id: str) -> None:
        await self.ana.CloseCase(
            pb.CloseCaseRequest(case_id=self.case_id, closing=out.CLOSING_CONFIRMED, message_id=message_id)
        )

    async def case(self) -> pb.Case:
        return await self.air.case(self.case_id)

    async def done(self) -> list[str]:
        """The steps that are proven."""
        return [step.step_id for step in (await self.case()).steps if step.completed]

    async def is_at_its_end(self) -> None:
        """Closed on the customer's word, every step proven by an event of this case's own history."""
        case = await self.case()
        assert case.status == out.STATUS_CLOSED
        assert [step.step_id for step in case.steps if not step.completed] == []
        completed = await self.air.said(self.case_id, out.StepCompleted)
        assert sorted(step.step_id for step in completed) == sorted(step.step_id for step in case.steps)
        assert all(step.evidence_event_id for step in completed)
        assert {step.playbook_id for step in completed} == {case.playbook_id}


async def by_mail(air: World) -> Drive:
    """A written complaint that is Ana's."""
    await air.hire("ana", languages=["en"])
    return Drive(air, await air.open(), await air.desk("ana"))


async def on_a_call(air: World) -> Drive:
    """A complaint made on a call that is still on, to Ana."""
    await air.hire("ana", languages=["en"])
    story = await air.open(by_phone(point_of_contact="ana"))
    return Drive(air, story, await air.desk("ana"))


async def missing(deed: Awaitable[None]) -> set[str]:
    """The steps that a gate names when it refuses."""
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await deed
    code, rule, allowed = refused(failure)
    assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "step_missing")
    return set(allowed)


async def opens_one_by_one(drive: Drive, steps: Sequence[tuple[str, Callable[[], Awaitable[None]]]]) -> None:
    """The gate before "resolved" names exactly what is still missing, until the last deed opens it."""
    left = [step for step, _ in steps]
    for step, deed in steps:
        assert await missing(drive.resolve()) == set(left)
        assert (await drive.case()).status == out.STATUS_FIXING
        await deed()
        left.remove(step)
