"""Employees in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

import asyncpg

from services.chassis import timers
from services.chassis.db import Connection
from services.resolution.app.rules import subtag
from services.resolution.domain.assignment import Desk, Employee
from services.resolution.domain.words import Person

_EMPLOYEES = """
select e.tenant_id, e.employee_id, e.display_name, e.rank, e.team, e.skills, e.languages,
       e.present and coalesce(e.present_until > now(), true) as present, e.present_until,
       e.capacity, e.duty_owner, e.contact, coalesce(l.open_cases, 0) as open_cases
from employee e left join employee_load l using (tenant_id, employee_id) """
_DESKS = f"""
-- who could own a case now, of several tenants
{_EMPLOYEES} where e.tenant_id = any($1) and e.left_at is null
      and (e.present or e.duty_owner or e.employee_id = any($2))"""
_ALL = f"""
-- everybody of one tenant behind an id, or a page of them
{_EMPLOYEES} where e.tenant_id = $1 and e.left_at is null and e.employee_id > $2
order by e.employee_id limit $3"""
_ONE = f"""
-- one employee
{_EMPLOYEES} where e.tenant_id = $1 and e.employee_id = $2 and e.left_at is null"""
_SOME = f"""
-- some employees
{_EMPLOYEES} where e.tenant_id = $1 and e.employee_id = any($2) and e.left_at is null"""
_HOLD = f"""
-- one employee, whose row nobody changes until we end
{_EMPLOYEES} where e.tenant_id = $1 and e.employee_id = $2 and e.left_at is null for share of e"""
_REGISTER = """
-- add or replace an employee
insert into employee (tenant_id, employee_id, display_name, rank, team, skills, languages, present, capacity,
                      duty_owner, contact)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (tenant_id, employee_id) do update
set display_name = excluded.display_name, rank = excluded.rank, team = excluded.team,
    skills = excluded.skills,
    languages = excluded.languages, present = excluded.present,
    present_until = case when excluded.present and employee.present then employee.present_until end,
    capacity = excluded.capacity,
    duty_owner = excluded.duty_owner, contact = excluded.contact, left_at = null"""
_PRESENCE = """
-- come or go; with a lease, until then
update employee set present = $3, present_until = $4 where tenant_id = $1 and employee_id = $2"""
_RENEW = """
-- a lease that has not ended goes on; no row comes back when there is none
update employee set present_until = $3
where tenant_id = $1 and employee_id = $2 and present and present_until > now() returning true"""
_LAPSE = """
-- gone when the lease has ended
update employee set present = false, present_until = null
where tenant_id = $1 and employee_id = $2 and present and present_until <= $3"""
_CAPACITY = """
-- how many cases at a time
update employee set capacity = $3 where tenant_id = $1 and employee_id = $2"""


class StaffRows:
    """The part of a Work that is about employees."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def desks(self, tenants: Collection[str], named: Collection[str]) -> Mapping[str, Desk]:
        """See Work."""
        rows = await self._tx.fetch(_DESKS, list(tenants), list(named))
        by_tenant: dict[str, list[Employee]] = {}
        for row in rows:
            by_tenant.setdefault(row["tenant_id"], []).append(_employee(row))
        return {tenant_id: Desk.of(employees) for tenant_id, employees in by_tenant.items()}

    async def anybody(self, tenant_id: str) -> Desk:
        """See Work."""
        return Desk.of(await self.list_employees(tenant_id))

    async def find_employee(self, tenant_id: str, employee_id: str) -> Employee | None:
        """See Work."""
        row = await self._tx.fetchrow(_ONE, tenant_id, employee_id)
        return _employee(row) if row else None

    async def find_employees(self, tenant_id: str, employee_ids: Collection[str]) -> Mapping[str, Employee]:
        """Those of `employee_ids` who are registered, by id."""
        if not employee_ids:
            return {}
        rows = await self._tx.fetch(_SOME, tenant_id, sorted(employee_ids))
        return {row["employee_id"]: _employee(row) for row in rows}

    async def hold_employee(self, tenant_id: str, employee_id: str) -> Employee | None:
        """See Work."""
        row = await self._tx.fetchrow(_HOLD, tenant_id, employee_id)
        return _employee(row) if row else None

    async def list_employees(
        self, tenant_id: str, after: str = "", limit: int | None = None
    ) -> Sequence[Employee]:
        """See Work."""
        return [_employee(row) for row in await self._tx.fetch(_ALL, tenant_id, after, limit)]

    async def register_employee(self, tenant_id: str, employee: Employee) -> Employee:
        """See Work."""
        person = employee.person
        await self._tx.execute(
            _REGISTER,
            tenant_id,
            person.employee_id,
            person.display_name,
            person.rank,
            employee.team,
            sorted(employee.skills),
            sorted({subtag(language) for language in employee.languages}),
            employee.present,
            employee.capacity,
            employee.duty_owner,
            person.contact,
        )
        return await self.find_employee(tenant_id, person.employee_id) or employee

    async def set_presence(
        self, tenant_id: str, employee_id: str, present: bool, until: datetime | None = None
    ) -> Employee | None:
        """See Work."""
        await self._tx.execute(_PRESENCE, tenant_id, employee_id, present, until)
        return await self.find_employee(tenant_id, employee_id)

    async def renew_presence(self, tenant_id: str, employee_id: str, until: datetime) -> bool:
        """See Work."""
        return await self._tx.fetchval(_RENEW, tenant_id, employee_id, until) is not None

    async def lapse_presence(self, tenant_id: str, employee_id: str, now: datetime) -> Employee | None:
        """See Work."""
        await self._tx.execute(_LAPSE, tenant_id, employee_id, now)
        return await self.find_employee(tenant_id, employee_id)

    async def set_capacity(self, tenant_id: str, employee_id: str, capacity: int) -> Employee | None:
        """See Work."""
        await self._tx.execute(_CAPACITY, tenant_id, employee_id, capacity)
        return await self.find_employee(tenant_id, employee_id)

    async def set_timer(self, kind: str, tenant_id: str, key: str, due_at: datetime) -> None:
        """See Work."""
        timer_id = uuid5(NAMESPACE_OID, f"{kind}\0{key}")
        await timers.schedule(self._tx, [timers.Timer(timer_id, tenant_id, key, kind, due_at)])


def _employee(row: asyncpg.Record) -> Employee:
    return Employee(
        person=Person(row["employee_id"], row["display_name"], row["rank"], row["contact"], row["team"]),
        present=row["present"],
        duty_owner=row["duty_owner"],
        capacity=row["capacity"],
        skills=frozenset(row["skills"]),
        languages=frozenset(row["languages"]),
        load=row["open_cases"],
        team=row["team"],
        present_until=row["present_until"] if row["present"] else None,
    )
