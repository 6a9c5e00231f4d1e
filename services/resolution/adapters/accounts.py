"""Accounts that many cases share: employees' days, customers' 90 days, stocks. Whatever is added is added
by the statement that checks the limit, on one row, so that no number of callers on any number of replicas
overdraws it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.chassis.db import Connection
from services.resolution.app.shapes import Change, Standing, Taking
from services.resolution.domain.accounts import CUSTOMER_WINDOW, Account, Ledger, released
from services.resolution.domain.state import Case

_STANDING = """
-- everything that limits the owner of a case, in one question; kind 0 is the employee's team
select 0 as kind, team as name, 0::bigint as value from employee where tenant_id = $1 and employee_id = $2
union all
select 1, unit, spent from authority_spent where tenant_id = $1 and employee_id = $2 and day = $3
union all
select 2, g.unit, (select coalesce(sum(e.amount), 0)::bigint
                   from unnest(g.days, g.amounts) as e(day, amount) where e.day > $5)
from customer_given g where g.tenant_id = $1 and g.customer_id = $4
union all
select 3, remedy_id, taken from stock_taken where tenant_id = $1"""
_HOLD_DAY = """
-- what an employee has given away on a day, with the rows locked, also those that were not there yet
insert into authority_spent as s (tenant_id, employee_id, day, unit, spent)
select $1, $2, $3, unit, 0 from unnest($4::text[]) as u(unit) order by unit
on conflict (tenant_id, employee_id, day, unit) do update set spent = s.spent
returning unit, spent"""

_TAKE_DAY = """
-- counts a charge only if it stays inside the limit ($6): no row comes back from one that would not
insert into authority_spent as s (tenant_id, employee_id, day, unit, spent)
select $1, $2, $3, $4, $5::bigint where $5::bigint <= $6::bigint
on conflict (tenant_id, employee_id, day, unit) do update set spent = s.spent + excluded.spent
where s.spent + excluded.spent <= $6
returning spent"""
_TAKE_CUSTOMER = """
-- the same over the days after $7
insert into customer_given as g (tenant_id, customer_id, unit, days, amounts)
select $1, $2, $4, array[$3::date], array[$5::bigint] where $5::bigint <= $6::bigint
on conflict (tenant_id, customer_id, unit) do update
set (days, amounts) = (
    select coalesce(array_agg(e.day), '{}') || excluded.days,
           coalesce(array_agg(e.amount), '{}') || excluded.amounts
    from unnest(g.days, g.amounts) as e(day, amount) where e.day > $7)
where (select coalesce(sum(e.amount), 0) from unnest(g.days, g.amounts) as e(day, amount) where e.day > $7)
      + $5 <= $6
returning $5"""
_TAKE_STOCK = """
-- the same for a stock
insert into stock_taken as s (tenant_id, remedy_id, taken)
select $1, $2, $3::bigint where $3::bigint <= $4::bigint
on conflict (tenant_id, remedy_id) do update set taken = s.taken + excluded.taken
where s.taken + excluded.taken <= $4
returning taken"""

_LEFT_OF_DAY = """
-- what is used of an employee's day
select spent from authority_spent where tenant_id = $1 and employee_id = $2 and day = $3 and unit = $4"""
_LEFT_OF_CUSTOMER = """
-- what a customer has had since the day $4
select coalesce(sum(e.amount), 0)::bigint from customer_given g, unnest(g.days, g.amounts) as e(day, amount)
where g.tenant_id = $1 and g.customer_id = $2 and g.unit = $3 and e.day > $4"""
_LEFT_OF_STOCK = """
-- what has been taken of a stock
select taken from stock_taken where tenant_id = $1 and remedy_id = $2"""

_BACK_TO_DAY = """
-- back to an employee's day
update authority_spent set spent = spent - $5
where tenant_id = $1 and employee_id = $2 and day = $3 and unit = $4"""
_BACK_TO_CUSTOMER = """
-- back to the 90 days of who this customer is by now, under the day of the grant
update customer_given set days = days || $3::date, amounts = amounts || -($5::bigint)
where tenant_id = $1 and unit = $4 and customer_id = coalesce(
    (select stays from customer_alias where tenant_id = $1 and customer_id = $2), $2)"""
_BACK_TO_STOCK = """
-- back to a stock
update stock_taken set taken = taken - $3 where tenant_id = $1 and remedy_id = $2"""


class AccountRows:
    """The part of a Work that is about accounts."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def standing(self, case: Case, day: date) -> Standing:
        """See Work."""
        since = day - CUSTOMER_WINDOW
        owner_id = case.owner.employee_id
        rows = await self._tx.fetch(_STANDING, case.tenant_id, owner_id, day, case.customer_id, since)
        of: list[dict[str, int]] = [{}, {}, {}, {}]
        for row in rows:
            of[row["kind"]][row["name"]] = row["value"]
        return Standing(next(iter(of[0]), ""), of[1], of[2], of[3])

    async def hold_day(
        self, tenant_id: str, employee_id: str, day: date, units: Collection[str]
    ) -> Mapping[str, int]:
        """See Work."""
        rows = await self._tx.fetch(_HOLD_DAY, tenant_id, employee_id, day, list(units))
        return {row["unit"]: row["spent"] for row in rows}

    async def take(self, tenant_id: str, takings: Sequence[Taking]) -> tuple[Taking, int] | None:
        """See Work."""
        for taking in takings:
            if not await self._took(tenant_id, taking):
                used = await self._used(tenant_id, taking.account)
                return taking, max(taking.limit - used, 0)
        return None

    async def _took(self, tenant_id: str, taking: Taking) -> bool:
        of = taking.account
        row: tuple[Any, ...] = (tenant_id, of.holder, of.day, of.unit, taking.value, taking.limit)
        if of.ledger is Ledger.EMPLOYEE_DAY:
            return await self._tx.fetchval(_TAKE_DAY, *row) is not None
        if of.ledger is Ledger.CUSTOMER:
            return await self._tx.fetchval(_TAKE_CUSTOMER, *row, of.day - CUSTOMER_WINDOW) is not None
        row = (tenant_id, of.holder, taking.value, taking.limit)
        return await self._tx.fetchval(_TAKE_STOCK, *row) is not None

    async def _used(self, tenant_id: str, of: Account) -> int:
        if of.ledger is Ledger.EMPLOYEE_DAY:
            used = await self._tx.fetchval(_LEFT_OF_DAY, tenant_id, of.holder, of.day, of.unit)
        elif of.ledger is Ledger.CUSTOMER:
            since = of.day - CUSTOMER_WINDOW
            used = await self._tx.fetchval(_LEFT_OF_CUSTOMER, tenant_id, of.holder, of.unit, since)
        else:
            used = await self._tx.fetchval(_LEFT_OF_STOCK, tenant_id, of.holder)
        return int(used or 0)

    async def give_back(self, changes: Sequence[Change]) -> None:
        """What the cases hold less than before goes back to its accounts, in one order over all of them."""
        by_tenant: defaultdict[str, list[tuple[Case | None, Case]]] = defaultdict(list)
        for change in changes:
            by_tenant[change.after.tenant_id].append((change.before, change.after))
        back = [
            (account, tenant_id, value)
            for tenant_id, pairs in by_tenant.items()
            for account, value in released(pairs).items()
        ]
        for of, tenant_id, value in sorted(back):
            if of.ledger is Ledger.EMPLOYEE_DAY:
                await self._tx.execute(_BACK_TO_DAY, tenant_id, of.holder, of.day, of.unit, value)
            elif of.ledger is Ledger.CUSTOMER:
                await self._tx.execute(_BACK_TO_CUSTOMER, tenant_id, of.holder, of.day, of.unit, value)
            else:
                await self._tx.execute(_BACK_TO_STOCK, tenant_id, of.holder, value)
