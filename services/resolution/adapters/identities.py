"""Who is who, in PostgreSQL, and what is kept by customer when two turn out to be one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from amends.intake.v1 import events_pb2 as intake_pb2

from services.chassis.clock import from_proto
from services.chassis.db import Connection
from services.chassis.envelope import Event
from services.chassis.errors import Rejected
from services.resolution.app.facts import OnePerson
from services.resolution.app.shapes import CaseKey

_SHARE = """
-- no customers of these tenants are merged meanwhile
select pg_advisory_xact_lock_shared(hashtextextended('customers of ' || tenant_id, 0))
from unnest($1::text[]) as t(tenant_id)"""
_HOLD = """
-- one at a time merges customers of a tenant, and no complaint opens a case meanwhile
select pg_advisory_xact_lock(hashtextextended('customers of ' || $1, 0))"""
_KNOWN_AS = """
-- who these customers are by now, one look-up each
select asked.tenant_id, asked.customer_id, found.stays
from unnest($1::text[], $2::text[]) as asked (tenant_id, customer_id)
cross join lateral (
    select one.stays from customer_alias as one
    where one.tenant_id = asked.tenant_id and one.customer_id = asked.customer_id
    limit 1) as found"""
_CASES_OF = """
-- all cases of some customers of a tenant
select case_id::text as case_id from case_state
where customer_id = any($2) and customer_id <> '' and tenant_id = $1"""

_STAND_FOR = """
-- who was one of $2 is $3 from now on
update customer_alias set stays = $3 where tenant_id = $1 and stays = any($2)"""
_ADD_ALIASES = """
-- and so are they
insert into customer_alias (tenant_id, customer_id, stays)
select $1, gone, $3 from unnest($2::text[]) as g(gone)"""
_MOVE_CASES = """
-- the column that a customer's cases are found by; their states say so already
update case_state set customer_id = $3
where customer_id = any($2) and customer_id <> '' and tenant_id = $1"""
_MOVE_GRANTS = """
-- totals of a customer
update remedy_grant set customer_id = $3 where tenant_id = $1 and customer_id = any($2)"""
_JOIN_ACCOUNTS = """
-- what all of them were given counts on one account
with gone as (
    delete from customer_given where tenant_id = $1 and customer_id = any($2) returning unit, days, amounts)
insert into customer_given as g (tenant_id, customer_id, unit, days, amounts)
select $1, $3, gone.unit, array_agg(e.day), array_agg(e.amount)
from gone, unnest(gone.days, gone.amounts) as e(day, amount) group by gone.unit order by gone.unit
on conflict (tenant_id, customer_id, unit) do update
set days = g.days || excluded.days, amounts = g.amounts || excluded.amounts"""
_JOIN_TRUST = """
-- the newest closing of all of them counts
with gone as (
    delete from trusted_employee where tenant_id = $1 and customer_id = any($2)
    returning employee_id, case_id, closed_at)
insert into trusted_employee as t (tenant_id, customer_id, employee_id, case_id, closed_at)
select $1, $3, employee_id, case_id, closed_at from gone order by closed_at desc, case_id desc limit 1
on conflict (tenant_id, customer_id) do update
set employee_id = excluded.employee_id, case_id = excluded.case_id, closed_at = excluded.closed_at
where (t.closed_at, t.case_id) < (excluded.closed_at, excluded.case_id)"""
_MAKE_ONE = (_STAND_FOR, _ADD_ALIASES, _MOVE_CASES, _MOVE_GRANTS, _JOIN_ACCOUNTS, _JOIN_TRUST)


class IdentityRows:
    """The part of a Work that is about who is who."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def known_as(self, customers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """See IdentityWork."""
        await self._tx.execute(_SHARE, sorted({tenant_id for tenant_id, _ in customers}))
        rows = await self._tx.fetch(_KNOWN_AS, *zip(*sorted(customers), strict=True))
        return {(row["tenant_id"], row["customer_id"]): row["stays"] for row in rows}

    async def hold_identities(self, tenant_id: str, customer_ids: Collection[str]) -> Mapping[str, str]:
        """See IdentityWork."""
        await self._tx.execute(_HOLD, tenant_id)
        ids = sorted(customer_ids)
        rows = await self._tx.fetch(_KNOWN_AS, [tenant_id] * len(ids), ids)
        return {**{one: one for one in ids}, **{row["customer_id"]: row["stays"] for row in rows}}

    async def cases_of(self, tenant_id: str, customer_ids: Collection[str]) -> set[CaseKey]:
        """See IdentityWork."""
        rows = await self._tx.fetch(_CASES_OF, tenant_id, sorted(customer_ids))
        return {(tenant_id, row["case_id"]) for row in rows}

    async def make_one(self, tenant_id: str, gone: Collection[str], stays: str) -> None:
        """See IdentityWork."""
        for statement in _MAKE_ONE:
            await self._tx.execute(statement, tenant_id, sorted(gone), stays)


def one_person(event: Event) -> OnePerson | None:
    """Customers that this record says are one person; None when it says nothing of the kind. Raises
    Rejected."""
    message = event.message
    if not isinstance(message, intake_pb2.CustomersMerged):
        return None
    same_key(event, message.surviving_customer_id)
    merged = frozenset(uuid_of(event, each) for each in message.merged_customer_ids)
    survivor = uuid_of(event, message.surviving_customer_id)
    return OnePerson(event, survivor, merged, from_proto(message.merged_at))


def same_key(event: Event, survivor: str) -> None:
    """Raises Rejected unless the record goes by the survivor."""
    if event.key != survivor:
        raise Rejected("wrong_key", f"The record is keyed {event.key!r} but {survivor!r} survives.", event)


def uuid_of(event: Event, text: str) -> str:
    """An id of the record as it is compared. Raises Rejected."""
    try:
        return str(UUID(text))
    except ValueError as error:
        raise Rejected("bad_customer_id", "An id of a customer or a case is not a UUID.", event) from error
