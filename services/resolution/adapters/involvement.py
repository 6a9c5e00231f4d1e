"""Whom an open case concerns beside its owner, in PostgreSQL, to find the cases of an employee at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.chassis.db import Connection
from services.resolution.app.shapes import Change
from services.resolution.domain.concerns import involved

_INVOLVE = """
-- whom cases concern beside their owners from now on
insert into case_involvement (tenant_id, employee_id, case_id)
select * from unnest($1::text[], $2::text[], $3::uuid[]) order by 1, 2, 3 on conflict do nothing"""
_RELEASE = """
-- whom cases concern no longer
delete from case_involvement as i
using unnest($1::text[], $2::text[], $3::uuid[]) as g (tenant_id, employee_id, case_id)
where i.tenant_id = g.tenant_id and i.employee_id = g.employee_id and i.case_id = g.case_id"""


async def save(tx: Connection, changes: Sequence[Change]) -> None:
    """What a batch of changes makes of it; nothing is written where nobody came or went."""
    come: list[tuple[str, str, UUID]] = []
    gone: list[tuple[str, str, UUID]] = []
    for change in changes:
        before, after = involved(change.before), involved(change.after)
        case = change.after
        come += [(case.tenant_id, who, UUID(case.case_id)) for who in after - before]
        gone += [(case.tenant_id, who, UUID(case.case_id)) for who in before - after]
    for statement, rows in ((_INVOLVE, come), (_RELEASE, gone)):
        if rows:
            await tx.execute(statement, *zip(*rows, strict=True))
