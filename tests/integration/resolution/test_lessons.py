"""What is learnt of a case, over gRPC and by timers: the debrief and the prevention that are asked for,
failures that come back, customers who ask again, who leave, and who are won back."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from tests.integration.resolution.conftest import Run
from tests.integration.resolution.driving import APOLOGY_AGAIN, Drive, by_mail
from tests.integration.resolution.world import FIRST_REPLY, INTAKE, Story, World, refused


async def solved(air: World, story: Story | None = None) -> Drive:
    """A case that is Ana's, with everything said and done, not yet resolved."""
    drive = Drive(air, await air.open(story), await air.desk("ana")) if story else await by_mail(air)
    await drive.reply()
    await drive.propose(APOLOGY_AGAIN)
    await drive.accepted()
    await drive.fix()
    return drive


async def debrief(drive: Drive, *participants: str) -> pb.Case:
    case: pb.Case = await drive.ana.HoldDebrief(
        pb.HoldDebriefRequest(
            case_id=drive.case_id, participant_ids=participants, outcome="We call when a flight slips"
        )
    )
    return case


async def cause(drive: Drive, code: str) -> pb.Case:
    case: pb.Case = await drive.ana.RecordCause(
        pb.RecordCauseRequest(case_id=drive.case_id, cause="Nobody owned the last step", cause_code=code)
    )
    return case


async def left(drive: Drive) -> pb.Case:
    case: pb.Case = await drive.ana.RecordDefection(
        pb.RecordDefectionRequest(case_id=drive.case_id, why="The price", evidence="Letter of 3 May")
    )
    return case


async def test_the_staff_involved_talk_about_it_once_it_is_resolved(run: Run) -> None:
    async with run(playbook="sixty-seconds") as air:
        drive = await solved(air)
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await debrief(drive, "ana")
        assert refused(failure)[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "not_resolved")
        await drive.resolve()
        assert (await debrief(drive, "ana")).debriefs == 1
        (held,) = await air.said(drive.case_id, out.DebriefHeld)
        assert [person.employee_id for person in held.participants] == ["ana"]
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await debrief(drive, "nobody")
        assert refused(failure)[1] == "unknown_employee"


async def test_who_owns_a_resolved_case_is_asked_for_prevention_and_it_becomes_overdue(run: Run) -> None:
    async with run(playbook="sixty-seconds", prevention_s=0.3) as air:
        drive = await solved(air)
        await drive.resolve()
        (asked,) = await air.hear(drive.case_id, out.PreventionAskedFor)
        (overdue,) = await air.hear(drive.case_id, out.PreventionOverdue)
        assert (asked.employee_id, list(asked.missing)) == ("ana", ["cause", "prevention", "debrief"])
        assert overdue.due_at == asked.due_at
        assert not (await drive.case()).HasField("prevention_due_at")


async def test_prevention_in_time_takes_its_timer_away(run: Run) -> None:
    async with run(playbook="sixty-seconds") as air:
        drive = await solved(air)
        await drive.resolve()
        assert len(await air.rows("select true from timer where kind = 'prevention_due'")) == 1
        await drive.cause()
        await drive.prevention()
        await debrief(drive, "ana")
        assert await air.rows("select true from timer where kind = 'prevention_due'") == []


async def test_a_failure_that_comes_back_is_found_when_the_case_opens_and_when_its_cause_is_known(
    air: World,
) -> None:
    first = Story()
    second, elsewhere = Story(customer_id=first.customer_id), Story()
    for story in (first, second, elsewhere):
        await air.open(story)
    (by_category,) = await air.said(second.case_id, out.RepeatFailureFound)
    assert (by_category.earlier_case_id, by_category.same) == (first.case_id, "category")
    assert await air.said(elsewhere.case_id, out.RepeatFailureFound) == []
    ana = await air.desk("ana")
    third = Story(customer_id=first.customer_id)
    complaint = third.complaint()
    complaint.category = "billing"
    await air.say(INTAKE, complaint)
    await air.hear(third.case_id, out.OwnerAssigned)
    await cause(Drive(air, first, ana), "no-owner")
    case = await cause(Drive(air, third, ana), "no-owner")
    (by_cause,) = await air.said(third.case_id, out.RepeatFailureFound)
    assert (by_cause.earlier_case_id, by_cause.same, by_cause.value) == (first.case_id, "cause", "no-owner")
    assert list(case.repeat_of_case_ids) == [first.case_id]
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await cause(Drive(air, third, ana), "bad-luck")
    assert refused(failure)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "unknown_cause_code")


async def test_two_complaints_of_one_customer_in_one_batch_know_each_other(air: World) -> None:
    first = Story()
    second = Story(customer_id=first.customer_id)
    await air.say(INTAKE, first.complaint(), second.complaint())
    for story in (first, second):
        await air.hear(story.case_id, out.OwnerAssigned)
    found = [
        *await air.said(first.case_id, out.RepeatFailureFound),
        *await air.said(second.case_id, out.RepeatFailureFound),
    ]
    assert len(found) == 1


async def test_a_tenant_tells_its_own_causes_apart(air: World) -> None:
    boss = await air.desk("vic", "supervisor")
    ours = [pb.Cause(code="fog", title="Fog"), pb.Cause(code="strike", title="A strike")]
    await boss.SetCauses(pb.SetCausesRequest(causes=ours))
    listed: pb.ListCausesResponse = await boss.ListCauses(pb.ListCausesRequest())
    assert [one.code for one in listed.causes] == ["fog", "strike"]
    drive = await by_mail(air)
    assert (await cause(drive, "fog")).cause_code == "fog"
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await cause(drive, "no-owner")
    assert refused(failure)[2] == {"codes": "fog,strike"}
    await boss.SetCauses(pb.SetCausesRequest())
    assert (await cause(drive, "no-owner")).cause_code == "no-owner"


async def test_a_customer_who_asks_again_while_waiting_is_counted(air: World) -> None:
    drive = await by_mail(air)
    again = await drive.customer("Is anybody there?")
    (counted,) = await air.hear(drive.case_id, out.RepeatContactCounted)
    assert (counted.message_id, counted.count) == (again, 1)
    await drive.reply(FIRST_REPLY)
    await drive.customer("Thank you")
    case = await drive.case()
    assert (case.repeat_contacts, case.waiting) == (1, True)


async def test_a_customer_who_left_is_counted_once_and_won_back_by_who_was_asked(air: World) -> None:
    drive = await by_mail(air)
    assert (await left(drive)).defection.reason == "The price"
    other = await air.open(Story(customer_id=drive.story.customer_id))
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await left(Drive(air, other, drive.ana))
    assert refused(failure)[1:] == ("already_defected", {"case_id": drive.case_id})
    asked = await drive.ana.StartWinBack(
        pb.StartWinBackRequest(case_id=drive.case_id, employee_id="ben", reason="He knows her")
    )
    assert asked.win_back.employee.employee_id == "ben"
    await drive.reply()
    assert (await drive.case()).win_back.acted
    back = await drive.ana.RecordWinBack(
        pb.RecordWinBackRequest(case_id=drive.case_id, evidence="Booked again on 9 June")
    )
    assert not back.HasField("defection")
    (defected,) = await air.said(drive.case_id, out.CustomerDefected)
    (returned,) = await air.said(drive.case_id, out.CustomerWonBack)
    assert defected.customer_id == returned.customer_id == drive.story.customer_id
    assert await air.rows("select true from timer where kind = 'win_back_due'") == []


async def test_an_attempt_that_failed_is_given_up_and_the_customer_has_still_left(air: World) -> None:
    drive = await by_mail(air)
    await left(drive)
    await drive.ana.StartWinBack(pb.StartWinBackRequest(case_id=drive.case_id))
    giving_up = pb.GiveUpWinBackRequest(case_id=drive.case_id, reason="She has moved abroad")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await drive.ana.GiveUpWinBack(giving_up)
    assert refused(failure)[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "nobody_spoke")
    await drive.reply()
    case = await drive.ana.GiveUpWinBack(giving_up)
    assert (case.HasField("win_back"), case.defection.reason) == (False, "The price")
    (ended,) = await air.said(drive.case_id, out.WinBackGivenUp)
    assert (ended.reason, ended.employee_id, ended.customer_id) == (
        "She has moved abroad",
        "ana",
        drive.story.customer_id,
    )


async def test_a_win_back_that_nobody_acts_on_becomes_due(run: Run) -> None:
    async with run(win_back_s=0.3) as air:
        drive = await by_mail(air)
        await left(drive)
        await drive.ana.StartWinBack(pb.StartWinBackRequest(case_id=drive.case_id))
        (due,) = await air.hear(drive.case_id, out.WinBackDue)
        assert due.employee_id == "ana"
        assert (await drive.case()).win_back.overdue
