"""Ownership moves with the customer present and the receiver's consent, never up, and not by waiting."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from amends.intake.v1 import events_pb2 as intake
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


async def test_an_owner_takes_an_offer_back_and_its_timer_goes_with_it(air: World) -> None:
    story = await air.open()
    await present(air)
    pending = await offered(air, story)
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await offered(air, story)
    code, rule, allowed = refused(failure)
    assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "hand_off_pending")
    assert (allowed["hand_off_id"], allowed["instead"]) == (pending.hand_off_id, "withdraw_hand_off")
    ana = await air.desk("ana")
    case = await ana.WithdrawHandOff(
        pb.WithdrawHandOffRequest(case_id=story.case_id, hand_off_id=pending.hand_off_id, reason="Busy")
    )
    assert not case.HasField("pending_hand_off")
    assert await air.rows("select * from timer where kind = 'hand_off_expiry'") == []
    (withdrawn,) = await air.said(story.case_id, out.HandOffWithdrawn)
    assert (withdrawn.employee_id, withdrawn.reason) == ("ana", "Busy")
    assert (await offered(air, story)).hand_off_id != pending.hand_off_id


async def test_of_two_offers_at_once_at_two_replicas_one_is_made_and_one_refused(run: Run) -> None:
    async with run() as one, run(Role.SERVE) as two:
        await one.hire("ana")
        story = await one.open()
        await one.hire("ben")
        await one.hire("eva")
        tries = await asyncio.gather(
            *(
                offered(replica, story, to)
                for replica, to in ((one, "ben"), (two, "eva"), (one, "eva"), (two, "ben"))
            ),
            return_exceptions=True,
        )
        made = [each for each in tries if isinstance(each, pb.HandOff)]
        others = [each for each in tries if isinstance(each, grpc.aio.AioRpcError)]
        assert (len(made), len(others)) == (1, 3)
        assert {each.code() for each in others} == {grpc.StatusCode.FAILED_PRECONDITION}
        case = await one.case(story.case_id)
        assert case.pending_hand_off.hand_off_id == made[0].hand_off_id
        assert len(await one.said(story.case_id, out.HandOffOffered)) == 1


async def test_an_offer_ends_when_its_receiver_goes_absent_also_by_a_lease_that_ends(air: World) -> None:
    story = await air.open()
    ben = await air.desk("ben")
    await present(air)
    await offered(air, story)
    await ben.SetPresence(pb.SetPresenceRequest(employee_id="ben", present=False))
    (declined,) = await air.hear(story.case_id, out.HandOffDeclined)
    assert (declined.employee_id, declined.reason) == ("ben", "receiver_absent")
    await ben.SetPresence(pb.SetPresenceRequest(employee_id="ben", present=True, lease_s=1))
    await offered(air, story)
    await air.hear(story.case_id, out.HandOffDeclined, 2)
    case = await air.case(story.case_id)
    assert (case.owner.employee_id, case.HasField("pending_hand_off")) == ("ana", False)
    assert await air.rows("select * from offered_hand_off") == []


async def test_a_customer_who_hangs_up_in_the_middle_is_introduced_in_writing(air: World) -> None:
    story = await air.open(by_phone(point_of_contact="ana"))
    await present(air)
    pending = await offered(air, story, live=True)
    await air.say(INTAKE, story.joined("ben"))
    await air.hear(story.case_id, out.HandOffIntroduced)
    await air.say(INTAKE, intake.InteractionEnded(case_id=story.case_id, interaction_id=story.interaction_id))
    (continued,) = await air.hear(story.case_id, out.HandOffContinuedInWriting)
    assert continued.expires_at.seconds > pending.expires_at.seconds
    (timer,) = await air.rows("select due_at from timer where kind = 'hand_off_expiry'")
    assert int(timer["due_at"].timestamp()) == continued.expires_at.seconds
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await accept(air, story, pending.hand_off_id)
    assert refused(failure)[1] == "customer_not_present"
    await air.say(FOLLOWUP, story.introduced(pending.hand_off_id))
    await air.hear(story.case_id, out.HandOffIntroduced, 2)
    assert (await accept(air, story, pending.hand_off_id)).owner.employee_id == "ben"


async def test_attempts_to_pass_cases_up_are_counted_by_who_tried(air: World) -> None:
    story = await air.open()
    for to in ("vic", "vic", "ben"):
        with pytest.raises(grpc.aio.AioRpcError):
            await offered(air, story, to)
    ana, ben = await air.desk("ana"), await air.desk("ben")
    own = (await ana.ListRefusals(pb.ListRefusalsRequest(employee_id="ana"))).refusals
    assert [(each.rule, each.count) for each in own] == [("rank_would_rise", 2), ("receiver_absent", 1)]
    assert own[0].last_case_id == story.case_id
    for request in (pb.ListRefusalsRequest(), pb.ListRefusalsRequest(employee_id="ana")):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await ben.ListRefusals(request)
        assert failure.value.code() is grpc.StatusCode.PERMISSION_DENIED
    auditor = await air.desk("aud", "auditor")
    everybody = (await auditor.ListRefusals(pb.ListRefusalsRequest())).refusals
    assert [each.employee_id for each in everybody] == ["ana", "ana"]
    first = await auditor.ListRefusals(pb.ListRefusalsRequest(page_size=1))
    second = await auditor.ListRefusals(pb.ListRefusalsRequest(page_size=1, page_token=first.next_page_token))
    assert [*first.refusals, *second.refusals] == list(everybody)


async def test_an_owner_asks_for_help_and_the_circle_back_stays_in_sight(air: World) -> None:
    story = await air.open()
    ana, vic = await air.desk("ana"), await air.desk("vic", "supervisor")
    request = pb.InviteHelperRequest(case_id=story.case_id, employee_id="vic", question="A new ticket?")
    case = await ana.InviteHelper(request)
    assert [each.employee_id for each in case.invited_helpers] == ["vic"]
    assert (case.owner.employee_id, case.circle_back_by.employee_id) == ("ana", "ana")
    (invited,) = await air.said(story.case_id, out.HelperInvited)
    assert (invited.invited_by_employee_id, invited.question) == ("ana", "A new ticket?")
    case = await vic.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id))
    assert (len(case.invited_helpers), [each.employee_id for each in case.helpers]) == (0, ["vic"])
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await vic.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY))
    assert refused(failure)[1] == "not_the_owner"
