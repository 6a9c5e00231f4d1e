"""Pending hand-offs by receiver, and refused attempts by who tried, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.chassis.db import Connection
from services.resolution.app.shapes import CaseKey, Change, Said
from services.resolution.app.staff_port import Refusals
from services.resolution.domain import events as e
from services.resolution.domain.state import Case

_OFFERED_TO = """
-- cases that wait for this receiver's answer
select case_id from offered_hand_off where tenant_id = $1 and receiver_id = $2"""
_OFFER = """
-- one pending hand-off per case
insert into offered_hand_off (tenant_id, case_id, receiver_id)
select * from unnest($1::text[], $2::uuid[], $3::text[])
on conflict (tenant_id, case_id) do update set receiver_id = excluded.receiver_id"""
_OVER = """
-- answered, or over
delete from offered_hand_off as o using unnest($1::text[], $2::uuid[]) as gone (tenant_id, case_id)
where o.tenant_id = gone.tenant_id and o.case_id = gone.case_id"""
_REFUSED = """
-- one refused attempt
insert into ownership_refusal (tenant_id, event_id, tried_by, rule, case_id, refused_at)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[])"""
_REFUSALS = """
-- refused attempts by who tried and rule
select tried_by, rule, count(*) as count, max(refused_at) as last_at,
       (array_agg(case_id order by refused_at desc))[1] as last_case
from ownership_refusal
where tenant_id = $1 and ($2 = '' or tried_by = $2) and ($3::timestamptz is null or refused_at >= $3)
    and (tried_by, rule) > ($4, $5)
group by tried_by, rule order by tried_by, rule limit $6"""


class OfferRows:
    """The part of a Work that is about offers and refusals."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    async def offered_to(self, tenant_id: str, employee_id: str) -> Sequence[CaseKey]:
        """See Work."""
        rows = await self._tx.fetch(_OFFERED_TO, tenant_id, employee_id)
        return [(tenant_id, str(row["case_id"])) for row in rows]

    async def refusals(
        self, tenant_id: str, employee_id: str, since: datetime | None, after: tuple[str, str], most: int
    ) -> Sequence[Refusals]:
        """See Work."""
        rows = await self._tx.fetch(_REFUSALS, tenant_id, employee_id, since, *after, most)
        return [
            Refusals(row["tried_by"], row["rule"], row["count"], row["last_at"], str(row["last_case"]))
            for row in rows
        ]


async def save(tx: Connection, changes: Sequence[Change]) -> None:
    """Whose answer each changed case waits for now; the cases are locked, so their rows are ours."""
    moved = [change for change in changes if _receiver(change.before) != _receiver(change.after)]
    made = [(*_key(each), _receiver(each.after)) for each in moved if _receiver(each.after)]
    over = [_key(each) for each in moved if not _receiver(each.after)]
    if made:
        await tx.execute(_OFFER, *zip(*made, strict=True))
    if over:
        await tx.execute(_OVER, *zip(*over, strict=True))


async def record_refusals(tx: Connection, said: Sequence[Said]) -> None:
    """Refused attempts among what is said, so that they can be counted by who tried."""
    rows = [
        (
            each.tenant_id,
            each.event_id,
            each.event.tried_by_employee_id,
            each.event.rule,
            UUID(each.case_id),
            each.at,
        )
        for each in said
        if isinstance(each.event, e.HandOffRefused)
    ]
    if rows:
        await tx.execute(_REFUSED, *zip(*rows, strict=True))


def _key(change: Change) -> tuple[str, UUID]:
    return change.after.tenant_id, UUID(change.after.case_id)


def _receiver(case: Case | None) -> str:
    return case.hand_off.receiver.employee_id if case and case.hand_off else ""
