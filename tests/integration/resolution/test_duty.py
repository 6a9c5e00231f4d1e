"""Who is here, for how long, and what happens to complaints while nobody is."""

from __future__ import annotations

import grpc
import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.world import INTAKE, Story, World, refused


async def duty(air: World) -> pb.Duty:
    hr = await air.desk("hr", "supervisor")
    answer: pb.Duty = await hr.GetDuty(pb.GetDutyRequest())
    return answer


async def presence(air: World, who: str, present: bool, lease_s: int = 0) -> pb.Employee:
    desk = await air.desk(who)
    request = pb.SetPresenceRequest(employee_id=who, present=present, lease_s=lease_s)
    answer: pb.Employee = await desk.SetPresence(request)
    return answer


async def test_complaints_of_a_tenant_without_employees_wait_in_sight_until_the_first_is_registered(
    run: Run,
) -> None:
    async with run() as air:
        waiting = [Story(), Story()]
        for story in waiting:
            await air.say(INTAKE, story.complaint())
        await air.say(INTAKE, waiting[0].customer_says("Is anybody there?"))
        await air.hire("ana", tenant="sea")
        other = Story()
        await air.say(INTAKE, other.complaint(), tenant="sea")
        await air.hear(other.case_id, out.OwnerAssigned, tenant="sea")
        (nobody,) = await air.hear("air", out.NobodyOnDuty)
        assert nobody.because == "no_employee"

        async def both_wait() -> bool:
            return (await duty(air)).waiting_complaints == 2

        await wait_for(both_wait)
        await air.hire("ana")
        for story in waiting:
            (assigned,) = await air.hear(story.case_id, out.OwnerAssigned)
            assert assigned.owner.employee_id == "ana"
        (somebody,) = await air.said("air", out.SomebodyOnDuty)
        assert somebody.waiting_complaints == 2
        words = "select true from customer_word where case_id = $1"
        await wait_for(lambda: air.rows(words, waiting[0].case_id), what="the word that came after")
        now = await duty(air)
        assert (now.somebody, now.waiting_complaints, now.HasField("nobody_since")) == (True, 0, False)


async def test_while_nobody_is_present_the_lowest_duty_owner_gets_it_and_everybody_can_see_that(
    air: World,
) -> None:
    await presence(air, "ana", False)
    (nobody,) = await air.said("air", out.NobodyOnDuty)
    assert nobody.because == "nobody_present"
    story = await air.open()
    (assigned,) = await air.said(story.case_id, out.OwnerAssigned)
    assert (assigned.owner.employee_id, assigned.because) == ("lea", "duty_owner")
    now = await duty(air)
    assert (now.somebody, now.cases_given_to_duty_owners, now.employees) == (False, 1, 4)
    await presence(air, "ben", True)
    (somebody,) = await air.said("air", out.SomebodyOnDuty)
    assert somebody.cases_given_to_duty_owners == 1
    assert (await duty(air)).somebody


async def test_an_employee_whose_console_is_gone_is_absent_when_the_lease_ends(air: World) -> None:
    before = await presence(air, "ana", True, 3600)
    assert before.HasField("present_until")
    renewed = await presence(air, "ana", True, 7200)
    assert renewed.present_until.seconds > before.present_until.seconds
    assert await air.said("air", out.NobodyOnDuty) == []
    await presence(air, "ana", False)
    await presence(air, "ana", True, 1)
    await air.hear("air", out.NobodyOnDuty, 2)
    hr = await air.desk("hr", "supervisor")
    employees = (await hr.ListEmployees(pb.ListEmployeesRequest())).employees
    assert not any(each.present for each in employees if each.rank == 0)

    async def no_timer_is_left() -> bool:
        return await air.rows("select * from timer") == []

    await wait_for(no_timer_is_left)


async def test_a_lease_is_at_most_a_day_and_a_capacity_not_negative(air: World) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await presence(air, "ana", True, 86401)
    assert refused(failure) == (grpc.StatusCode.INVALID_ARGUMENT, "bad_lease", {"max_s": "86400"})
    hr = await air.desk("hr", "supervisor")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await hr.SetCapacity(pb.SetCapacityRequest(employee_id="ana", capacity=-1))
    assert refused(failure)[1] == "negative_number"
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await hr.SetCapacity(pb.SetCapacityRequest(employee_id="nobody", capacity=1))
    assert refused(failure)[:2] == (grpc.StatusCode.NOT_FOUND, "unknown_employee")


async def test_whoever_has_reached_their_capacity_comes_after_everybody_who_has_not(air: World) -> None:
    await presence(air, "ben", True)
    hr = await air.desk("hr", "supervisor")
    employee = await hr.SetCapacity(pb.SetCapacityRequest(employee_id="ana", capacity=0))
    assert employee.capacity == 0
    for _ in range(2):
        story = await air.open()
        assert (await air.case(story.case_id)).owner.employee_id == "ben"
