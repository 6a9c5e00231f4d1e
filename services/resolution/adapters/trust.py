"""Whom each customer trusts, in PostgreSQL: the owner of their last case closed as confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from services.chassis.db import Connection
from services.resolution.app.shapes import Change
from services.resolution.domain.words import Closing

_TRUSTED = """
-- whom these customers trust, one look-up each
select asked.tenant_id, asked.customer_id, found.employee_id
from (select * from unnest($1::text[], $2::text[]) as a (tenant_id, customer_id)) as asked
cross join lateral (
    select one.employee_id from trusted_employee as one
    where one.tenant_id = asked.tenant_id and one.customer_id = asked.customer_id
    limit 1) as found"""
_TRUST = """
-- confirmed: the newest closing counts
insert into trusted_employee as t (tenant_id, customer_id, employee_id, case_id, closed_at)
values ($1, $2, $3, $4, $5)
on conflict (tenant_id, customer_id) do update
set employee_id = excluded.employee_id, case_id = excluded.case_id, closed_at = excluded.closed_at
where t.closed_at <= excluded.closed_at"""
_DOUBT = """
-- reopened: it was not solved for good
delete from trusted_employee where tenant_id = $1 and customer_id = $2 and case_id = $3"""


class TrustRows:
    """The part of a Work that is about trust."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def trusted(self, customers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """See Work."""
        if not customers:
            return {}
        tenants, ids = zip(*sorted(customers), strict=True)
        rows = await self._tx.fetch(_TRUSTED, tenants, ids)
        return {(row["tenant_id"], row["customer_id"]): row["employee_id"] for row in rows}


async def save(tx: Connection, changes: Sequence[Change]) -> None:
    """Writes down who was trusted by a closing, and who no longer is after a reopening; in one order."""
    closings = [change for change in changes if _confirmed(change) != _confirmed_before(change)]
    for change in sorted(closings, key=lambda each: (each.after.tenant_id, each.after.customer_id)):
        case = change.after
        key = (case.tenant_id, case.customer_id)
        if _confirmed(change):
            await tx.execute(_TRUST, *key, case.owner.employee_id, UUID(case.case_id), case.closed_at)
        else:
            await tx.execute(_DOUBT, *key, UUID(case.case_id))


def _confirmed(change: Change) -> bool:
    return change.after.closing is Closing.CONFIRMED


def _confirmed_before(change: Change) -> bool:
    return change.before is not None and change.before.closing is Closing.CONFIRMED
