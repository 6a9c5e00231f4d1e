"""Ownership moves with the customer present and the receiver's consent, never up, and not by waiting."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.world import (
    FIRST_REPLY,
    FOLLOWUP,
    INTAKE,
    Story,
    World,
    by_phone,
    refused,
)


async def offered(air: World, story: Story, to: str = "ben", *, live: bool = False) -> pb.HandOff:
    ana = await air.desk("ana")
    answer: pb.HandOff = await ana.OfferHandOff(
        pb.OfferHandOffRequest(
            case_id=story.case_id,
            to_employee_id=to,
            reason="Speaks Italian",
            summary="Late flight",
            live=live,
        )
    )
    return answer


async def present(air: World, employee_id: str = "ben") -> None:
    desk = await air.desk(employee_id)
    await desk.SetPresence(pb.SetPresenceRequest(employee_id=employee_id, present=True))


async def accept(air: World, story: Story, hand_off_id: str, by: str = "ben") -> pb.Case:
    desk = await air.desk(by)
    answer: pb.Case = await desk.AcceptHandOff(
        pb.AcceptHandOffRequest(case_id=story.case_id, hand_off_id=hand_off_id, summary_read=True)
    )
    return answer


async def test_a_hand_off_by_mail_offer_introduction_delivered_accepted(air: World) -> None:
    story = await air.open()
    await present(air)
    pending = await offered(air, story)
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await accept(air, story, pending.hand_off_id)
    assert refused(failure)[1] == "customer_not_present"
    ana = await air.desk("ana")
    sent = await ana.SendReply(
        pb.SendReplyRequest(
            case_id=story.case_id,
            text=FIRST_REPLY + " Ben will join us here; he speaks Italian.",
            kind=out.REPLY_KIND_INTRODUCTION,
            hand_off_id=pending.hand_off_id,
        )
    )
    assert sent.outcome == out.ReplyChecked.OUTCOME_PASSED
    await air.say(FOLLOWUP, story.introduced(pending.hand_off_id))
    await air.hear(story.case_id, out.HandOffIntroduced)
    case = await accept(air, story, pending.hand_off_id)
    assert (case.owner.employee_id, case.first_contact.employee_id) == ("ben", "ana")
    assert not case.HasField("pending_hand_off")
    assigned = await air.said(story.case_id, out.OwnerAssigned)
    assert [(each.owner.employee_id, each.because) for each in assigned] == [
        ("ana", "best_match"),
        ("ben", "hand_off"),
    ]
    loads = await air.rows("select employee_id, open_cases from employee_load order by 1")
    assert [tuple(row) for row in loads] == [("ana", 0), ("ben", 1)]
    assert await air.rows("select * from timer") == []


async def test_the_first_person_still_circles_back_after_the_hand_off(air: World) -> None:
    story = await air.open()
    await present(air)
    pending = await offered(air, story)
    await air.say(FOLLOWUP, story.introduced(pending.hand_off_id))
    await air.hear(story.case_id, out.HandOffIntroduced)
    await accept(air, story, pending.hand_off_id)
    ana, ben = await air.desk("ana"), await air.desk("ben")
    await ben.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY))
    await ben.ProposeSolution(
        pb.ProposeSolutionRequest(case_id=story.case_id, description="A seat", text=FIRST_REPLY)
    )
    yes = await air.hear_customer(story)
    await ben.RecordVerdict(
        pb.RecordVerdictRequest(case_id=story.case_id, verdict=out.VERDICT_MEETS, message_id=yes)
    )
    await ben.ApplyFix(pb.ApplyFixRequest(case_id=story.case_id, description="Seat booked"))
    await ben.ResolveCase(pb.ResolveCaseRequest(case_id=story.case_id))
    (resolved,) = await air.said(story.case_id, out.CaseResolved)
    assert resolved.first_contact_employee_id == "ana"
    await ana.SendReply(
        pb.SendReplyRequest(
            case_id=story.case_id,
            text="Maria, is everything solved now?",
            kind=out.REPLY_KIND_CIRCLE_BACK,
            promise_id="p-1",
        )
    )
    sent = (await air.said(story.case_id, out.ReplySent))[-1]
    assert (sent.author.employee_id, sent.promise_id) == ("ana", "p-1")


async def test_a_live_hand_off_is_introduced_by_coming_into_the_call(air: World) -> None:
    story = await air.open(by_phone(point_of_contact="ana"))
    await present(air)
    pending = await offered(air, story, live=True)
    assert not pending.introduced
    await air.say(INTAKE, story.joined("ben"))
    (introduced,) = await air.hear(story.case_id, out.HandOffIntroduced)
    assert introduced.evidence == "CA-1"
    assert (await accept(air, story, pending.hand_off_id)).owner.employee_id == "ben"


async def test_passing_a_case_up_is_refused_counted_and_changes_nothing(air: World) -> None:
    story = await air.open()
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await offered(air, story, "vic")
    code, rule, allowed = refused(failure)
    assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "rank_would_rise")
    assert allowed == {"max_rank": "0", "instead": "join_as_helper"}
    (kept,) = await air.said(story.case_id, out.HandOffRefused)
    assert (kept.tried_by_employee_id, kept.to_employee_id) == ("ana", "vic")
    assert (await air.case(story.case_id)).owner.employee_id == "ana"


async def test_nobody_takes_a_case_and_somebody_absent_is_not_asked(air: World) -> None:
    story = await air.open()
    vic = await air.desk("vic", "supervisor")
    request = pb.OfferHandOffRequest(
        case_id=story.case_id, to_employee_id="vic", reason="mine", summary="mine"
    )
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await vic.OfferHandOff(request)
    assert refused(failure)[:2] == (grpc.StatusCode.PERMISSION_DENIED, "not_the_owner")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await offered(air, story, "ben")
    assert refused(failure)[1] == "receiver_absent"
    rules = [each.rule for each in await air.said(story.case_id, out.HandOffRefused)]
    assert rules == ["not_the_owner", "receiver_absent"]


async def test_help_comes_down_without_moving_ownership(air: World) -> None:
    story = await air.open()
    vic = await air.desk("vic", "supervisor")
    case = await vic.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id))
    assert [each.employee_id for each in case.helpers] == ["vic"]
    assert case.owner.employee_id == "ana"
    case = await vic.LeaveAsHelper(pb.LeaveAsHelperRequest(case_id=story.case_id))
    assert list(case.helpers) == []


async def test_a_declined_offer_leaves_the_owner_and_its_timer_goes_with_it(air: World) -> None:
    story = await air.open()
    await present(air)
    pending = await offered(air, story)
    assert len(await air.rows("select * from timer")) == 1
    ben = await air.desk("ben")
    await ben.DeclineHandOff(
        pb.DeclineHandOffRequest(case_id=story.case_id, hand_off_id=pending.hand_off_id, reason="On a call")
    )
    assert (await air.case(story.case_id)).owner.employee_id == "ana"
    assert await air.rows("select * from timer") == []


async def test_an_offer_nobody_answers_runs_out_also_when_the_service_was_down_meanwhile(run: Run) -> None:
    async with run(hand_off_s=0.3) as air:
        await air.hire("ana")
        story = await air.open()
        await air.hire("ben")
        await offered(air, story)
        await air.hear(story.case_id, out.HandOffTimedOut)
    # a process that only serves fires no timers: the offer outlives it
    async with run(Role.SERVE, hand_off_s=0.3) as air:
        pending = await offered(air, story)
        assert pending.hand_off_id
    async with run(hand_off_s=0.3) as air:
        await air.hear(story.case_id, out.HandOffTimedOut, 2)
        case = await air.case(story.case_id)
        assert (case.owner.employee_id, case.HasField("pending_hand_off")) == ("ana", False)


async def test_accepting_and_running_out_at_once_leave_one_owner_and_one_outcome(run: Run) -> None:
    async with run(hand_off_s=0.2) as air:
        await air.hire("ana")
        story = await air.open()
        await air.hire("ben")
        pending = await offered(air, story)
        await air.say(FOLLOWUP, story.introduced(pending.hand_off_id))

        async def try_to_accept() -> bool:
            try:
                await accept(air, story, pending.hand_off_id)
            except grpc.aio.AioRpcError as failure:
                return failure.code() is not grpc.StatusCode.FAILED_PRECONDITION
            return True

        await asyncio.gather(*(try_to_accept() for _ in range(8)))

        async def settled() -> bool:
            return not (await air.case(story.case_id)).HasField("pending_hand_off")

        await wait_for(settled)
        outcomes = [
            *await air.said(story.case_id, out.HandOffAccepted),
            *await air.said(story.case_id, out.HandOffTimedOut),
        ]
        assert len(outcomes) == 1
        owner = (await air.case(story.case_id)).owner.employee_id
        assert owner == ("ben" if isinstance(outcomes[0], out.HandOffAccepted) else "ana")
