"""What was learnt, in PostgreSQL: a customer's earlier failures, who left, a tenant's causes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from services.chassis.db import Connection
from services.resolution.domain.decide.learning import Earlier
from services.resolution.domain.words import Closing

_EARLIER = """
-- the latest cases of customers; one look-up per customer, in the index of those who have an id: the planner
-- takes it only when it is told so
select asked.tenant_id, asked.customer_id, found.*
from unnest($1::text[], $2::text[]) as asked (tenant_id, customer_id)
cross join lateral (
    select c.case_id::text as case_id, c.state->>'category' as category,
           c.state->>'cause_code' as cause_code, c.opened_at, c.state->>'closing' as closing
    from case_state c
    where c.customer_id = asked.customer_id and c.customer_id <> '' and c.tenant_id = asked.tenant_id
      and c.opened_at >= $3
    order by c.opened_at desc limit 50) as found"""
_ONE_CUSTOMER = """
-- one at a time says of a customer that they left
select pg_advisory_xact_lock(hashtextextended('customer ' || $1 || ' ' || $2, 0))"""
_DEFECTED = """
-- the case on which it is on record that this customer left
select case_id::text from case_state
where customer_id = $2 and tenant_id = $1 and state->>'defection' is not null limit 1"""
_CAUSES = """
-- a tenant's own causes
select code, title from cause where tenant_id = $1 order by code"""
_FORGET_CAUSES = """
-- the list before
delete from cause where tenant_id = $1"""
_SAVE_CAUSES = """
-- the list now
insert into cause (tenant_id, code, title) select $1, * from unnest($2::text[], $3::text[])"""


class LearningRows:
    """The part of a Work that is about what was learnt."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def earlier_failures(
        self, customers: Collection[tuple[str, str]], since: datetime
    ) -> Mapping[tuple[str, str], Sequence[Earlier]]:
        """See LearningWork."""
        found: dict[tuple[str, str], list[Earlier]] = defaultdict(list)
        if customers:
            for row in await self._tx.fetch(_EARLIER, *zip(*sorted(customers), strict=True), since):
                closing = Closing(row["closing"]) if row["closing"] else None
                found[row["tenant_id"], row["customer_id"]].append(
                    Earlier(
                        row["case_id"], row["category"], row["cause_code"] or "", row["opened_at"], closing
                    )
                )
        return found

    async def defected_on(self, tenant_id: str, customer_id: str) -> str:
        """See LearningWork."""
        await self._tx.execute(_ONE_CUSTOMER, tenant_id, customer_id)
        return await self._tx.fetchval(_DEFECTED, tenant_id, customer_id) or ""

    async def causes(self, tenant_id: str) -> Mapping[str, str]:
        """See LearningWork."""
        return {row["code"]: row["title"] for row in await self._tx.fetch(_CAUSES, tenant_id)}

    async def save_causes(self, tenant_id: str, causes: Mapping[str, str]) -> None:
        """See LearningWork."""
        await self._tx.execute(_FORGET_CAUSES, tenant_id)
        if causes:
            await self._tx.execute(_SAVE_CAUSES, tenant_id, list(causes), list(causes.values()))
