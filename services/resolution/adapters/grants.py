"""Grants as rows: for totals, and as orders to the system that fulfils them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.db import Connection
from services.resolution.app.shapes import Change, GrantsOf, Totals
from services.resolution.domain.state import Case, Grant
from services.resolution.domain.words import Amount, Fulfilment

_SAVE = """
-- grants as their cases say they are now
insert into remedy_grant as g (tenant_id, grant_id, case_id, customer_id, employee_id, day, state,
                               cost_unit, cost, value_unit, value)
select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::text[],
                     $8::text[], $9::bigint[], $10::text[], $11::bigint[])
on conflict (tenant_id, grant_id) do update set state = excluded.state"""
_ORDER = """
-- something to tell the system that fulfils, once per id
insert into fulfilment_order (tenant_id, webhook_id, case_id, body, due_at, until)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing"""
_WITHDRAW = """
-- an order that need not go out (any more)
delete from fulfilment_order where tenant_id = $1 and webhook_id = $2"""
_TOTALS = """
-- sums of a case, a customer or an employee's day; what is not asked for is null
select state, cost_unit, value_unit, count(*) as grants, sum(cost)::bigint as cost,
       sum(value)::bigint as value
from remedy_grant
where tenant_id = $1 and ($2::uuid is null or case_id = $2)
      and ($3::text is null or customer_id = coalesce(
          (select stays from customer_alias where tenant_id = $1 and customer_id = $3), $3))
      and ($4::text is null or (employee_id = $4 and day = $5))
group by state, cost_unit, value_unit order by 1, 2, 3"""

REVOKED = "revoked"
_REVOCATION_LASTS = timedelta(days=1)


class GrantRows:
    """The part of a Work that is about grants as such."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def save_grants(self, changes: Sequence[Change]) -> None:
        """The rows of all grants that are not as they were, and what is to be said of them outside."""
        different = [(case, was, given) for change in changes for case, was, given in _different(change)]
        if not different:
            return
        rows = sorted(_row(case, given) for case, _, given in different)
        await self._tx.execute(_SAVE, *zip(*rows, strict=True))
        for case, was, given in different:
            await self._order(case, was, given)

    async def _order(self, case: Case, was: Grant | None, given: Grant) -> None:
        """A new order goes out; one that was answered needs no more telling; a revoked one is called back."""
        if was is None and given.fulfil_by:
            body = _body(case, given, "remedy.granted", given.granted_at)
            await self._tell(case, given.grant_id, body, given.granted_at, given.fulfil_by)
        if (
            was
            and was.fulfilment is Fulfilment.ORDERED
            and (given.revoked_at or given.fulfilment is not was.fulfilment)
        ):
            await self._tx.execute(_WITHDRAW, case.tenant_id, given.grant_id)
        if was and given.fulfil_by and given.revoked_at and not was.revoked_at:
            body = _body(case, given, "remedy.revoked", given.revoked_at)
            until = given.revoked_at + _REVOCATION_LASTS
            await self._tell(case, f"{given.grant_id}.revoked", body, given.revoked_at, until)

    async def _tell(self, case: Case, webhook_id: str, body: str, at: datetime, until: datetime) -> None:
        row = (case.tenant_id, webhook_id, UUID(case.case_id), body, at, until)
        await self._tx.execute(_ORDER, *row)

    async def totals(self, tenant_id: str, of: GrantsOf) -> Totals:
        """See Work."""
        case_id = UUID(of.case_id) if of.case_id else None
        who = (of.customer_id or None, of.employee_id or None, of.day)
        rows = await self._tx.fetch(_TOTALS, tenant_id, case_id, *who)
        cost: dict[str, int] = {}
        value: dict[str, int] = {}
        counts: dict[str, int] = {}
        for row in rows:
            counts[row["state"]] = counts.get(row["state"], 0) + row["grants"]
            if row["state"] != REVOKED:
                cost[row["cost_unit"]] = cost.get(row["cost_unit"], 0) + row["cost"]
                value[row["value_unit"]] = value.get(row["value_unit"], 0) + row["value"]
        return Totals(_amounts(cost), _amounts(value), counts)


def _amounts(sums: dict[str, int]) -> tuple[Amount, ...]:
    return tuple(Amount(unit, value) for unit, value in sorted(sums.items()))


def _different(change: Change) -> Iterator[tuple[Case, Grant | None, Grant]]:
    before = {given.grant_id: given for given in change.before.grants} if change.before else {}
    for given in change.after.grants:
        was = before.get(given.grant_id)
        if was != given:
            yield change.after, was, given


def _row(case: Case, given: Grant) -> tuple[object, ...]:
    return (
        case.tenant_id,
        UUID(given.grant_id),
        UUID(case.case_id),
        given.customer_id,
        given.employee_id,
        given.granted_at.date(),
        REVOKED if given.revoked_at else given.fulfilment.value,
        given.cost.unit,
        given.cost.value,
        given.value.unit,
        given.value.value,
    )


def _body(case: Case, given: Grant, kind: str, at: datetime) -> str:
    """What the system that fulfils is told; the same bytes however often it is sent."""
    data = {
        "tenant_id": case.tenant_id,
        "case_id": case.case_id,
        "grant_id": given.grant_id,
        "customer_id": given.customer_id,
        "remedy_id": given.remedy_id,
        "quantity": given.quantity,
        "value": {"unit": given.value.unit, "value": given.value.value},
        "charges": [{"unit": each.unit, "value": each.value} for each in given.charges],
        "granted_at": given.granted_at.isoformat(),
        "fulfil_by": given.fulfil_by.isoformat() if given.fulfil_by else None,
        "revoked_because": given.revoked_because,
    }
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, separators=(",", ":"))
