"""Employees: registered by the tenant's own systems, present while they say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.chassis.ids import Ids
from services.resolution.app import on_duty
from services.resolution.app.ports import Work
from services.resolution.app.staff_port import Refusals
from services.resolution.app.turn import Caller, Turns
from services.resolution.domain.assignment import Employee
from services.resolution.domain.decide.guard import demand_text
from services.resolution.domain.duty import Duty
from services.resolution.domain.errors import BadCommand, Unknown

LONGEST_LEASE = timedelta(days=1)


class People:
    """The commands around employees."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def register(self, caller: Caller, employee: Employee) -> Employee:
        """Adds or replaces an employee; complaints that waited for the first one are theirs to get. Raises
        BadCommand for a missing id or name, or a negative rank."""
        demand_text("employee_id", employee.person.employee_id, one_line=True)
        demand_text("display_name", employee.person.display_name, one_line=True)
        if employee.person.rank < 0 or employee.capacity < 0:
            raise BadCommand("negative_number", "Rank and capacity are 0 or more.")
        async with self._turns.works.begin(caller.tenant_id) as work:
            await self._wake_waiting(work, caller.tenant_id)
            registered = await work.register_employee(caller.tenant_id, employee)
            await self._look(work, caller.tenant_id)
        return registered

    async def _wake_waiting(self, work: Work, tenant_id: str) -> None:
        """Locks the tenant. What waits is heard by timer: there may be much of it. A timer is set before its
        tenant is locked, as the firing of one takes them; after that only where none can be firing."""
        now, before = self._turns.clock.now(), await work.read_duty(tenant_id)
        if before.waiting:
            await work.set_timer(on_duty.WAITING_TIMER, tenant_id, tenant_id, now)
        locked = await work.lock_duty(tenant_id)
        if locked.waiting and not before.waiting:
            await work.set_timer(on_duty.WAITING_TIMER, tenant_id, tenant_id, now)

    async def set_presence(
        self, caller: Caller, employee_id: str, present: bool, lease: timedelta
    ) -> Employee:
        """Comes, for as long as the lease if there is one, or goes. Raises Unknown("unknown_employee") and
        BadCommand("bad_lease")."""
        if not timedelta(0) <= lease <= LONGEST_LEASE:
            allowed = {"max_s": str(int(LONGEST_LEASE.total_seconds()))}
            raise BadCommand("bad_lease", "A lease is 0 (none) or up to a day, in seconds.", allowed)
        tenant_id = caller.tenant_id
        until = self._turns.clock.now() + lease if present and lease else None
        async with self._turns.works.begin(tenant_id) as work:
            if until and await work.renew_presence(tenant_id, employee_id, until):
                return known(await work.find_employee(tenant_id, employee_id), employee_id)
            if until:
                await work.set_timer(on_duty.LEASE_TIMER, tenant_id, employee_id, until)
            if not present:
                now = self._turns.clock.now()
                await work.set_timer(on_duty.ABSENT_TIMER, tenant_id, employee_id, now)
            await work.lock_duty(tenant_id)
            employee = known(await work.set_presence(tenant_id, employee_id, present, until), employee_id)
            await self._look(work, tenant_id)
        return employee

    async def set_capacity(self, caller: Caller, employee_id: str, capacity: int) -> Employee:
        """How many cases they can have at a time. Raises Unknown("unknown_employee") and BadCommand."""
        if capacity < 0:
            raise BadCommand("negative_number", "Capacity is 0 or more.")
        async with self._turns.works.begin(caller.tenant_id) as work:
            return known(await work.set_capacity(caller.tenant_id, employee_id, capacity), employee_id)

    async def list_employees(self, caller: Caller, after: str, limit: int) -> Sequence[Employee]:
        """All of them."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.list_employees(caller.tenant_id, after, limit)

    async def duty(self, caller: Caller) -> Duty:
        """Whether anybody is on duty, and what waits."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.read_duty(caller.tenant_id)

    async def refusals(
        self, caller: Caller, employee_id: str, since: datetime | None, after: tuple[str, str], most: int
    ) -> Sequence[Refusals]:
        """Who tried to pass cases up, or to move them without the protocol; a page of them, see Work."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.refusals(caller.tenant_id, employee_id, since, after, most)

    async def _look(self, work: Work, tenant_id: str) -> None:
        await on_duty.look(work, self._turns.ids, tenant_id, self._turns.clock.now())


def known(employee: Employee | None, employee_id: str) -> Employee:
    """The employee. Raises Unknown("unknown_employee")."""
    if employee is None:
        raise Unknown("unknown_employee", f"No employee {employee_id!r} is registered.")
    return employee


class Leases:
    """Makes those absent whose console did not renew their presence."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def lapse(self, work: Work, due: Sequence[tuple[str, str]], now: datetime) -> None:
        """`due`: tenants with employees whose lease was to end by now. One that was renewed is looked at
        again when it ends; one that is without a lease, or gone already, is left alone."""
        for tenant_id, employee_id in sorted(due):
            await work.lock_duty(tenant_id)
            employee = await work.lapse_presence(tenant_id, employee_id, now)
            if employee and employee.present and employee.present_until:
                await work.set_timer(on_duty.LEASE_TIMER, tenant_id, employee_id, employee.present_until)
            else:
                await work.set_timer(on_duty.ABSENT_TIMER, tenant_id, employee_id, now)
                await on_duty.look(work, self._ids, tenant_id, now)
