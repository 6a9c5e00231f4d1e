"""Employees, and who is here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis import rpc
from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, reader, worker
from services.resolution.adapters.calls.calls import Calls
from services.resolution.adapters.calls.paging import Page
from services.resolution.domain.assignment import Employee
from services.resolution.domain.words import Person

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context


class PeopleCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def RegisterEmployee(self, request: pb.RegisterEmployeeRequest, context: Context) -> pb.Employee:
        asked = allowed(Scope.STAFF_WRITE)
        wanted = request.employee
        person = Person(wanted.employee_id, wanted.display_name, wanted.rank, wanted.contact, wanted.team)
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
        caller = worker() if own else allowed(Scope.STAFF_WRITE)
        lease = timedelta(seconds=request.lease_s)
        return answers.employee(
            await self._people.set_presence(caller, request.employee_id, request.present, lease)
        )

    async def SetCapacity(self, request: pb.SetCapacityRequest, context: Context) -> pb.Employee:
        caller = allowed(Scope.STAFF_WRITE)
        return answers.employee(
            await self._people.set_capacity(caller, request.employee_id, request.capacity)
        )

    async def GetDuty(self, request: pb.GetDutyRequest, context: Context) -> pb.Duty:
        return answers.duty(await self._people.duty(reader()))

    async def ListEmployees(
        self, request: pb.ListEmployeesRequest, context: Context
    ) -> pb.ListEmployeesResponse:
        caller, page = reader(), Page(request, usual=200, most=1000)
        employees = await self._people.list_employees(caller, page.after, page.size)
        answer = pb.ListEmployeesResponse(employees=[answers.employee(each) for each in employees])
        last = employees[-1].person.employee_id if employees else ""
        answer.next_page_token = page.following(len(employees), last)
        return answer
