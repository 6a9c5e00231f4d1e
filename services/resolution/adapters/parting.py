"""A merge of customers taken back, in PostgreSQL: what is kept by customer is kept by two again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from amends.intake.v1 import events_pb2 as intake_pb2

from services.chassis.clock import from_proto
from services.chassis.db import Connection
from services.chassis.envelope import Event
from services.chassis.errors import Rejected
from services.resolution.adapters.identities import same_key, uuid_of
from services.resolution.app.facts import TwoPeople
from services.resolution.app.shapes import CaseKey
from services.resolution.domain.accounts import Account
from services.resolution.domain.state import Case

_PARTED_SINCE = """
-- whose merge was taken back since
select distinct restored from customer_parted
where tenant_id = $1 and restored = any($2) and split_at >= $3"""
_PART = """
-- once
insert into customer_parted (tenant_id, restored, split_at, survivor) values ($1, $2, $3, $4)
on conflict do nothing returning true"""
_AWAIT = """
-- theirs when they are heard of
insert into case_awaited (tenant_id, case_id, customer_id) select $1, c, $3 from unnest($2::uuid[]) as u(c)
on conflict (tenant_id, case_id) do update set customer_id = excluded.customer_id"""
_AWAITED = """
-- one look-up each
select asked.tenant_id, asked.case_id::text as case_id, found.customer_id
from unnest($1::text[], $2::uuid[]) as asked (tenant_id, case_id)
cross join lateral (
    select one.customer_id from case_awaited as one
    where one.tenant_id = asked.tenant_id and one.case_id = asked.case_id
    limit 1) as found"""
_STANDS_ALONE = "delete from customer_alias where tenant_id = $1 and customer_id = $2"
_STAND_FOR = """
-- who had been merged into the restored customer before is still that one
update customer_alias set stays = $2 where tenant_id = $1 and customer_id = any($3)"""
_MOVE_CASES = """
-- the column that a customer's cases are found by; their states say so already
update case_state set customer_id = $2 where tenant_id = $1 and case_id = any($3::uuid[])"""
_MOVE_GRANTS = """
-- totals of a customer
update remedy_grant set customer_id = $2 where tenant_id = $1 and grant_id = any($3::uuid[])"""
_ENTER = """
-- on the accounts of 90 days, each under the day of its grant
insert into customer_given as g (tenant_id, customer_id, unit, days, amounts)
select $1, customer_id, unit, array_agg(day), array_agg(amount)
from unnest($2::text[], $3::text[], $4::date[], $5::bigint[]) as e (customer_id, unit, day, amount)
group by customer_id, unit order by customer_id, unit
on conflict (tenant_id, customer_id, unit) do update
set days = g.days || excluded.days, amounts = g.amounts || excluded.amounts"""
_DISTRUST = "delete from trusted_employee where tenant_id = $1 and customer_id = $2"
_TRUST = """
-- the newest closing counts
insert into trusted_employee (tenant_id, customer_id, employee_id, case_id, closed_at)
values ($1, $2, $3, $4, $5)"""


class PartingRows:
    """The part of a Work that is about merges taken back."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def parted_since(
        self, tenant_id: str, customer_ids: Collection[str], merged_at: datetime
    ) -> Collection[str]:
        """See IdentityWork."""
        rows = await self._tx.fetch(_PARTED_SINCE, tenant_id, sorted(customer_ids), merged_at)
        return {row["restored"] for row in rows}

    async def part(self, split: TwoPeople) -> bool:
        """See IdentityWork."""
        row = (split.event.tenant_id, split.restored, split.split_at, split.survivor)
        return bool(await self._tx.fetchval(_PART, *row))

    async def await_cases(self, split: TwoPeople, case_ids: Collection[str]) -> None:
        """See IdentityWork."""
        await self._tx.execute(
            _AWAIT, split.event.tenant_id, [UUID(each) for each in sorted(case_ids)], split.restored
        )

    async def awaited(self, cases: Collection[CaseKey]) -> Mapping[CaseKey, str]:
        """See IdentityWork."""
        asked = [(tenant_id, UUID(case_id)) for tenant_id, case_id in sorted(cases)]
        rows = await self._tx.fetch(_AWAITED, *zip(*asked, strict=True))
        return {(row["tenant_id"], row["case_id"]): row["customer_id"] for row in rows}

    async def make_two(
        self, split: TwoPeople, survivor: str, cases: Sequence[Case], given: Mapping[Account, int]
    ) -> None:
        """See IdentityWork."""
        who = (split.event.tenant_id, split.restored)
        await self._tx.execute(_STANDS_ALONE, *who)
        await self._tx.execute(_STAND_FOR, *who, sorted(split.merged))
        await self._tx.execute(_MOVE_CASES, *who, [UUID(case.case_id) for case in cases])
        grants = [UUID(each.grant_id) for case in cases for each in case.grants]
        await self._tx.execute(_MOVE_GRANTS, *who, grants)
        entries = [(split.restored, of.unit, of.day, value) for of, value in given.items()]
        # What was given before the merge has been the restored customer's throughout, as their cases say.
        entries += [
            (survivor, of.unit, of.day, -value) for of, value in given.items() if of.holder == split.restored
        ]
        if entries:
            await self._tx.execute(_ENTER, who[0], *zip(*entries, strict=True))

    async def trust(self, tenant_id: str, customer_id: str, case: Case | None) -> None:
        """See IdentityWork."""
        await self._tx.execute(_DISTRUST, tenant_id, customer_id)
        if case is not None:
            row = (case.owner.employee_id, UUID(case.case_id), case.closed_at)
            await self._tx.execute(_TRUST, tenant_id, customer_id, *row)


def two_people(event: Event) -> TwoPeople | None:
    """A merge that this record takes back; None when it says nothing of the kind. Raises Rejected."""
    message = event.message
    if not isinstance(message, intake_pb2.CustomersSplit):
        return None
    same_key(event, message.surviving_customer_id)
    if not message.HasField("split_at"):
        raise Rejected("no_split_at", "A split says when.", event)
    return TwoPeople(
        event,
        uuid_of(event, message.surviving_customer_id),
        uuid_of(event, message.restored_customer_id),
        frozenset(uuid_of(event, each) for each in message.merged_customer_ids),
        frozenset(uuid_of(event, each) for each in message.case_ids),
        from_proto(message.split_at),
    )
