"""What customers' wishes do to messages about to leave (domain/wishes.py), in PostgreSQL.

Whoever holds a message back and whoever wakes what is held lock the case: one of the two sees what the other
did, and no message sleeps through its customer's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.chassis.db import Connection
from services.followup.adapters import preferences
from services.followup.adapters.postgres import decode
from services.followup.app.ports import CaseKey
from services.followup.domain.contact import Contact, Refused
from services.followup.domain.record import FollowUp
from services.followup.domain.wishes import Quiet, Wishes

# Locked in key order, as everybody locks cases.
_STATES = """
select found.tenant_id, found.case_id, found.state::text
from (select * from unnest($1::text[], $2::text[]) as a (tenant_id, case_id) order by 1, 2) as asked
cross join lateral (
    select * from follow_up as one
    where one.tenant_id = asked.tenant_id and one.case_id = asked.case_id
    limit 1 for share) as found
"""
# Nobody tried to send it, so no attempt is counted.
_HOLD = """
update contact set state = 'queued', attempt = attempt - 1, not_before = held.until, held_until = held.until
from unnest($1::text[], $2::uuid[], $3::timestamptz[]) as held (tenant_id, contact_id, until)
where contact.tenant_id = held.tenant_id and contact.contact_id = held.contact_id
"""
# What was tried since waits for its next try, not for the end of quiet hours.
_RELEASE = """
update contact set not_before = $3, held_until = null
from unnest($1::text[], $2::text[]) as freed (tenant_id, case_id)
where contact.tenant_id = freed.tenant_id and contact.case_id = freed.case_id and state = 'queued'
  and held_until > $3 and not_before = held_until
"""
_CASES = """
select case_id from follow_up join loyalty using (tenant_id, case_id)
where tenant_id = $1 and customer_id = $2 order by case_id for update of follow_up
"""


async def sift(
    tx: Connection, claimed: Sequence[Contact], quiet: Mapping[str, Quiet], now: datetime
) -> tuple[list[Contact], dict[str, Refused]]:
    """Of messages just claimed those that are not held back, and by contact id what was refused of them.
    `quiet` as preferences.quiet_hours has it. Raises Retryable."""
    rulings = await _rulings(tx, claimed, quiet, now)
    held = {one: ruling for one, ruling in rulings.items() if isinstance(ruling, datetime)}
    waiting = [one for one in claimed if one.contact_id in held]
    if waiting:
        tenants, ids = [one.tenant_id for one in waiting], [UUID(one.contact_id) for one in waiting]
        await tx.execute(_HOLD, tenants, ids, [held[one.contact_id] for one in waiting])
    going = [one for one in claimed if one.contact_id not in held]
    return going, {one: ruling for one, ruling in rulings.items() if isinstance(ruling, Refused)}


async def release(tx: Connection, cases: Iterable[CaseKey], now: datetime) -> None:
    """Look at what waits in these cases again: the customer has said something, or wishes otherwise, or a
    policy has come that may want it sooner. The transaction has changed what it knows of that, and holds the
    cases' locks. Raises Retryable."""
    freed = sorted(set(cases))
    if freed:
        await tx.execute(_RELEASE, [tenant for tenant, _ in freed], [case for _, case in freed], now)


async def release_of(tx: Connection, tenant_id: str, customer_id: str, now: datetime) -> None:
    """The same in all cases of a customer, which it locks. Raises Retryable."""
    rows = await tx.fetch(_CASES, tenant_id, customer_id)
    await release(tx, [(tenant_id, row["case_id"]) for row in rows], now)


async def _rulings(
    tx: Connection, claimed: Sequence[Contact], quiet: Mapping[str, Quiet], now: datetime
) -> dict[str, Refused | datetime]:
    wishes = await _wishes(tx, {_key(one) for one in claimed}, quiet)
    asked = [one for one in claimed if wishes[_key(one)].concern(one, now)]
    if not asked:
        return {}
    keys = {_key(one) for one in asked}
    records = await _records(tx, keys)
    wishes = await _wishes(tx, keys, quiet)  # as they are under the lock
    found = {
        one.contact_id: wishes[_key(one)].ruling(one, records[_key(one)], now)
        for one in asked
        if _key(one) in records
    }
    return {contact_id: ruling for contact_id, ruling in found.items() if ruling is not None}


async def _wishes(tx: Connection, keys: set[CaseKey], quiet: Mapping[str, Quiet]) -> dict[CaseKey, Wishes]:
    told = await preferences.of_cases(tx, keys)
    return {key: one.wishes(preferences.tenants(quiet, key[0])) for key, one in told.items()}


async def _records(tx: Connection, keys: set[CaseKey]) -> dict[CaseKey, FollowUp]:
    ordered = sorted(keys)
    rows = await tx.fetch(_STATES, [tenant for tenant, _ in ordered], [case for _, case in ordered])
    return {(row["tenant_id"], row["case_id"]): decode(row["state"]) for row in rows}


def _key(contact: Contact) -> CaseKey:
    return contact.tenant_id, contact.case_id
