"""The change stream of an employee: a snapshot, then what happens, in order, whoever restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb
from amends.resolution.v1.service_pb2_grpc import ResolutionServiceStub

from services.chassis.rpcstatus import read_error
from services.chassis.security import ApiKeys
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.world import FIRST_REPLY, Story, World

CHANGE, SNAPSHOT, END = (
    pb.CaseChange.KIND_CHANGE,
    pb.CaseChange.KIND_SNAPSHOT,
    pb.CaseChange.KIND_SNAPSHOT_END,
)


class Screen:
    """What a console shows: everything it was told."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.told: list[pb.CaseChange] = []

    async def until(self, what: Any) -> pb.CaseChange:
        """Read on to the first message for which `what` holds."""
        async with asyncio.timeout(20):
            while True:
                change = await self.call.read()
                assert isinstance(change, pb.CaseChange), "the stream ended"
                self.told.append(change)
                if what(change):
                    return change

    async def shows(self, event: str) -> pb.CaseChange:
        """Read on to a change with this event."""
        return await self.until(lambda change: event in kinds(change))


def kinds(change: pb.CaseChange) -> list[str]:
    return [entry.type.rsplit(".", 1)[1] for entry in change.events]


@asynccontextmanager
async def watching(
    air: World, who: str = "ana", token: str = "", tenant: str = "", **more: str
) -> AsyncIterator[Screen]:
    """A console of an employee; told the snapshot unless it resumes."""
    desk = await air.desk(who, tenant=tenant)
    call = desk.WatchCases(pb.WatchCasesRequest(resume_token=token, **more))
    screen = Screen(call)
    try:
        if not token:
            await screen.until(lambda change: change.kind == END)
        yield screen
    finally:
        call.cancel()


async def test_it_begins_with_what_is_there_and_goes_on_with_what_happens(air: World) -> None:
    story = await air.open()
    async with watching(air) as screen:
        assert [(each.kind, each.case.case_id) for each in screen.told] == [
            (SNAPSHOT, story.case_id),
            (END, ""),
        ]
        assert list(screen.told[0].concerns) == [pb.CONCERN_OWNER]
        ana = await air.desk("ana")
        await ana.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY, reason="first"))
        sent = await screen.shows("ReplySent")
        assert (sent.case.case_id, sent.case.version > 1) == (story.case_id, True)
        assert {(entry.actor, entry.reason) for entry in sent.events} == {("ana", "first")}
        another = await air.open()
        assert (await screen.shows("OwnerAssigned")).case.case_id == another.case_id


async def test_a_receiver_is_shown_the_offer_and_the_first_person_keeps_the_case_on_screen(
    air: World,
) -> None:
    story = await air.open()
    ana, hr = await air.desk("ana"), await air.desk("hr", "supervisor")
    await hr.SetPresence(pb.SetPresenceRequest(employee_id="ben", present=True))
    async with watching(air, "ben") as bens, watching(air, "ana") as anas:
        offer = await ana.OfferHandOff(
            pb.OfferHandOffRequest(
                case_id=story.case_id, to_employee_id="ben", reason="shift", summary="late"
            )
        )
        offered = await bens.shows("HandOffOffered")
        assert list(offered.concerns) == [pb.CONCERN_RECEIVER]
        await air.say("amends.followup.events.v1", story.introduced(offer.hand_off_id))
        await air.hear(story.case_id, out.HandOffIntroduced)
        ben = await air.desk("ben")
        await ben.AcceptHandOff(
            pb.AcceptHandOffRequest(case_id=story.case_id, hand_off_id=offer.hand_off_id, summary_read=True)
        )
        assert list((await bens.shows("HandOffAccepted")).concerns) == [pb.CONCERN_OWNER]
        assert list((await anas.shows("HandOffAccepted")).concerns) == [pb.CONCERN_FIRST_CONTACT]
    async with watching(air, "ana") as again:
        assert [list(each.concerns) for each in again.told if each.kind == SNAPSHOT] == [
            [pb.CONCERN_FIRST_CONTACT]
        ]


async def test_a_case_that_concerns_one_no_longer_is_taken_off_the_screen(air: World) -> None:
    story = await air.open()
    lea = await air.desk("lea")
    async with watching(air, "lea") as screen:
        await lea.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id))
        assert list((await screen.shows("HelperJoined")).concerns) == [pb.CONCERN_HELPER]
        await lea.LeaveAsHelper(pb.LeaveAsHelperRequest(case_id=story.case_id))
        assert list((await screen.shows("HelperLeft")).concerns) == []
    assert await air.rows("select * from case_involvement where employee_id = 'lea'") == []


async def test_what_concerns_others_or_another_tenant_is_not_shown(air: World) -> None:
    await air.hire("ana", tenant="sea")
    async with watching(air, "ben") as bens, watching(air, "ana", tenant="sea") as seas:
        story = await air.open()
        lea = await air.desk("lea")
        await lea.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id))
        at_sea = Story(point_of_contact="ana")
        await air.say("amends.intake.events.v1", at_sea.complaint(), tenant="sea")
        assert (await seas.shows("OwnerAssigned")).case.case_id == at_sea.case_id
        ben = await air.desk("ben")
        await ben.JoinAsHelper(pb.JoinAsHelperRequest(case_id=story.case_id))
        await bens.shows("HelperJoined")
        assert [kinds(each) for each in bens.told if each.kind == CHANGE] == [["HelperJoined"]]
        assert {each.case.case_id for each in seas.told if each.kind == CHANGE} == {at_sea.case_id}


async def test_a_reader_goes_on_from_its_token_after_the_server_was_restarted(run: Run) -> None:
    async with run() as air:
        await air.hire("ana")
        story = await air.open()
        async with watching(air) as screen:
            ana = await air.desk("ana")
            await ana.RecordCause(pb.RecordCauseRequest(case_id=story.case_id, cause="seen"))
            token = (await screen.shows("CauseRecorded")).resume_token
            await ana.RecordCause(pb.RecordCauseRequest(case_id=story.case_id, cause="unseen"))
    async with run() as air:
        ana = await air.desk("ana")
        async with watching(air, token=token) as screen:
            missed = await screen.shows("CauseRecorded")
            assert [entry.json for entry in missed.events if "unseen" in entry.json]
            await ana.RecordPrevention(pb.RecordPreventionRequest(case_id=story.case_id, prevention="Spare"))
            await screen.shows("PreventionRecorded")
        assert not any('"seen"' in entry.json for each in screen.told for entry in each.events)


async def test_a_stopping_server_ends_the_stream_with_a_status_to_retry(run: Run) -> None:
    async with run() as air:
        await air.hire("ana")
        desk = await air.desk("ana")
        screen = Screen(desk.WatchCases(pb.WatchCasesRequest()))
        await screen.until(lambda change: change.kind == END)
        reading = asyncio.create_task(screen.until(lambda change: False))
        await asyncio.sleep(0)
        for stop in air.stops:
            stop.set()
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await reading
    assert failure.value.code() is grpc.StatusCode.UNAVAILABLE
    assert read_error(failure.value).retry_after_s == 1.0


async def test_a_lost_listening_connection_loses_no_change(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    async with watching(air) as screen:
        killed = "select pg_terminate_backend(pid) from pg_stat_activity where application_name"
        assert await air.of_server(f"{killed} = 'resolution/watching'")
        await ana.RecordCause(pb.RecordCauseRequest(case_id=story.case_id, cause="A crew was late"))
        await screen.shows("CauseRecorded")


async def test_a_slow_reader_is_ended_and_goes_on_from_its_token_without_a_gap(run: Run) -> None:
    """It reads nothing while more happens than its connection and its room can hold."""
    async with run(watch_room=4) as air:
        await air.hire("ana")
        story = await air.open()
        ana, count = await air.desk("ana"), 60
        async with narrow(air) as screen:
            for number in range(count):
                cause = f"{number}: " + "because " * 1500
                await ana.RecordCause(pb.RecordCauseRequest(case_id=story.case_id, cause=cause))
            with pytest.raises(grpc.aio.AioRpcError) as failure:
                await screen.until(lambda change: False)
        assert failure.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert read_error(failure.value).rule == "reader_too_slow"
        last = f'"{count - 1}: because'
        async with watching(air, token=screen.told[-1].resume_token) as again:
            await again.until(lambda change: any(last in entry.json for entry in change.events))
        both = [entry.json for each in [*screen.told, *again.told] for entry in each.events]
        assert [number for number in range(count) if not any(f'"{number}: ' in one for one in both)] == []


@asynccontextmanager
async def narrow(air: World) -> AsyncIterator[Screen]:
    """Ana's console on a connection that holds little of what it was sent and did not read."""
    token = await ApiKeys(air.database).create(air.tenant, "agent", "ana")
    options = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16_384))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{air.port}", options=options) as channel:
        metadata = (("authorization", f"Bearer {token}"),)
        screen = Screen(ResolutionServiceStub(channel).WatchCases(pb.WatchCasesRequest(), metadata=metadata))
        await screen.until(lambda change: change.kind == END)
        yield screen


async def test_a_silent_stream_says_that_it_lives_and_how_far_it_is(run: Run) -> None:
    async with run(watch_heartbeat_s=0.05) as air:
        await air.hire("ana")
        async with watching(air) as screen:
            beat = await screen.until(lambda change: change.kind == pb.CaseChange.KIND_HEARTBEAT)
        async with watching(air, token=beat.resume_token) as again:
            await again.until(lambda change: change.kind == pb.CaseChange.KIND_HEARTBEAT)


async def test_anothers_screen_needs_the_scope_and_a_token_is_its_own_employees(air: World) -> None:
    async with watching(air) as screen:
        token = screen.told[-1].resume_token
    for desk, request, rule in (
        (await air.desk("ben"), pb.WatchCasesRequest(employee_id="ana"), "scope_missing"),
        (await air.desk("ben"), pb.WatchCasesRequest(resume_token=token), "bad_resume_token"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await Screen(desk.WatchCases(request)).until(lambda change: False)
        assert read_error(failure.value).rule == rule
    story = await air.open()
    supervisor = await air.desk("sup", "supervisor")
    screen = Screen(supervisor.WatchCases(pb.WatchCasesRequest(employee_id="ana")))
    shown = await screen.until(lambda change: change.kind == SNAPSHOT)
    assert shown.case.case_id == story.case_id


async def test_nobody_watching_means_nobody_listening(air: World) -> None:
    listening = "select true from pg_stat_activity where application_name = 'resolution/watching'"
    async with watching(air):
        assert await air.of_server(listening)

    async def silent() -> bool:
        return not await air.of_server(listening)

    await wait_for(silent, what="the listener's end")
