"""Being away, and leaving: covers keep promises, a leaver's cases move to somebody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from amends.followup.v1 import events_pb2 as followup
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.world import FIRST_REPLY, FOLLOWUP, Story, World, refused


async def cover(air: World, who: str, by: str, desk: str = "", *, seconds: float = 3600) -> pb.Cover:
    ends_at = to_proto(datetime.now(UTC) + timedelta(seconds=seconds))
    request = pb.StartCoverRequest(employee_id=who, cover_employee_id=by, ends_at=ends_at)
    answer: pb.Cover = await (await air.desk(desk or who)).StartCover(request)
    return answer


async def leave(air: World, who: str) -> int:
    hr = await air.desk("hr", "supervisor")
    request = pb.LetEmployeeLeaveRequest(employee_id=who, reason="Moved to another town")
    return int((await hr.LetEmployeeLeave(request)).open_cases)


async def progress(air: World, story: Story, by: str) -> pb.SendReplyResponse:
    desk = await air.desk(by)
    answer: pb.SendReplyResponse = await desk.SendReply(
        pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY, kind=out.REPLY_KIND_PROGRESS)
    )
    return answer


async def test_a_cover_keeps_promises_while_the_owner_is_away_and_not_after(air: World) -> None:
    story = await air.open()
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await progress(air, story, "ben")
    assert refused(failure)[1] == "not_the_owner"
    started = await cover(air, "ana", "ben")
    assert started.cover.employee_id == "ben"
    sent = await progress(air, story, "ben")
    assert sent.outcome == out.ReplyChecked.OUTCOME_PASSED
    (reply,) = await air.said(story.case_id, out.ReplySent)
    assert reply.author.employee_id == "ben"
    assert (await air.case(story.case_id)).owner.employee_id == "ana"
    ana = await air.desk("ana")
    assert len((await ana.ListCovers(pb.ListCoversRequest())).covers) == 1
    await ana.EndCover(pb.EndCoverRequest(employee_id="ana"))
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await progress(air, story, "ben")
    assert refused(failure)[1] == "not_the_owner"
    assert len(await air.said("ana", out.CoverStarted)) == len(await air.said("ana", out.CoverEnded)) == 1


async def test_a_cover_ends_by_itself_and_never_outranks(air: World) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await cover(air, "ana", "lea")
    code, rule, allowed = refused(failure)
    assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "cover_outranks")
    assert allowed["max_rank"] == "0"
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await cover(air, "lea", "ben", "ana")
    assert failure.value.code() is grpc.StatusCode.PERMISSION_DENIED
    await cover(air, "lea", "ana", seconds=3600)
    await cover(air, "lea", "ben", seconds=1)
    ended = await air.hear("lea", out.CoverEnded, 2)
    assert [each.cover.employee_id for each in ended] == ["ana", "ben"]
    assert await air.rows("select * from cover") == []


async def test_a_leavers_cases_move_to_colleagues_each_with_one_owner_and_the_circle_back(run: Run) -> None:
    async with run(Role.SERVE) as serving, run() as air:
        for name in ("ana", "ben", "eva"):
            await air.hire(name)
        stories = [Story(point_of_contact="ana") for _ in range(7)]
        for story in stories:
            await air.open(story)
        handed = stories.pop()
        ana, ben = await air.desk("ana"), await air.desk("ben")
        offer = pb.OfferHandOffRequest(
            case_id=handed.case_id, to_employee_id="ben", reason="Italian", summary="Late"
        )
        pending = await ana.OfferHandOff(offer)
        await air.say(FOLLOWUP, handed.introduced(pending.hand_off_id))
        await air.hear(handed.case_id, out.HandOffIntroduced)
        await ben.AcceptHandOff(
            pb.AcceptHandOffRequest(
                case_id=handed.case_id, hand_off_id=pending.hand_off_id, summary_read=True
            )
        )
        offer.case_id = stories[0].case_id
        await ana.OfferHandOff(offer)
        assert await leave(serving, "ana") == 6
        for story in stories:
            assigned = (await air.hear(story.case_id, out.OwnerAssigned, 2))[-1]
            assert assigned.because == "forced_leaver"
            case = await air.case(story.case_id, "ben")
            assert case.owner.employee_id == case.circle_back_by.employee_id != "ana"
        (withdrawn,) = await air.said(stories[0].case_id, out.HandOffWithdrawn)
        assert withdrawn.reason == "owner_left"
        await air.hear(handed.case_id, out.FirstContactMoved)
        assert (await air.case(handed.case_id, "ben")).circle_back_by.employee_id == "ben"
        loads = {row["employee_id"]: row["open_cases"] for row in await air.rows("table employee_load")}
        assert (loads["ana"], loads["ben"] + loads["eva"]) == (0, 7)
        assert abs(loads["ben"] - loads["eva"]) <= 1
        assert await leave(serving, "ana") == 0
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await ana.JoinAsHelper(pb.JoinAsHelperRequest(case_id=handed.case_id))
        assert refused(failure)[1] == "no_employee"


async def test_leaving_goes_on_where_a_stopped_service_left_it(run: Run) -> None:
    stories = [Story(point_of_contact="ana") for _ in range(3)]
    async with run() as air:
        await air.hire("ana")
        for story in stories:
            await air.open(story)
        await air.hire("ben")
    async with run(Role.SERVE) as air:  # fires no timers: the process is gone before anything has moved
        assert await leave(air, "ana") == 3
        owners = await air.rows("select owner_id from case_state")
        assert [row["owner_id"] for row in owners] == ["ana"] * 3
    async with run() as air:
        for story in stories:
            await air.hear(story.case_id, out.OwnerAssigned, 2)
            assert (await air.case(story.case_id, "ben")).owner.employee_id == "ben"


async def test_nobody_leaves_who_alone_could_own_their_cases_and_nothing_moves(run: Run) -> None:
    async with run() as air:
        await air.hire("ana")
        story = await air.open()
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await leave(air, "ana")
        assert refused(failure)[1] == "last_employee"
        await air.hire("lea", rank=1)
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await leave(air, "ana")
        code, rule, allowed = refused(failure)
        assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "nobody_of_equal_or_lower_rank")
        assert allowed["max_rank"] == "0"
        assert (await air.case(story.case_id)).owner.employee_id == "ana"
        await air.hire("ben")
        tries = await asyncio.gather(leave(air, "ana"), leave(air, "ben"), return_exceptions=True)
        refusals = [each for each in tries if isinstance(each, grpc.aio.AioRpcError)]
        assert len(refusals) == 1  # of two who leave at once, one has to stay
        stays = "ben" if isinstance(tries[0], int) else "ana"

        async def moved() -> bool:
            return (await air.case(story.case_id, stays)).owner.employee_id == stays

        await wait_for(moved)


async def test_an_offer_to_a_leaver_ends_and_a_case_reopened_after_its_owner_left_is_somebodys(
    air: World,
) -> None:
    story = await air.open()
    ana, ben = await air.desk("ana"), await air.desk("ben")
    await ben.SetPresence(pb.SetPresenceRequest(employee_id="ben", present=True))
    await ana.OfferHandOff(
        pb.OfferHandOffRequest(case_id=story.case_id, to_employee_id="ben", reason="why", summary="what")
    )
    assert await leave(air, "ben") == 0
    (declined,) = await air.hear(story.case_id, out.HandOffDeclined)
    assert declined.reason == "receiver_absent"
    message_id = await air.hear_customer(story, "Never mind, it is fine.")
    await ana.CloseCase(
        pb.CloseCaseRequest(case_id=story.case_id, closing=out.CLOSING_WITHDRAWN, message_id=message_id)
    )
    await air.hire("eva")
    assert await leave(air, "ana") == 0
    await air.say(FOLLOWUP, story.feedback(followup.FeedbackReceived.SOLVED_NO))
    assigned = (await air.hear(story.case_id, out.OwnerAssigned, 2))[-1]
    assert (assigned.owner.employee_id, assigned.because) == ("eva", "forced_leaver")
