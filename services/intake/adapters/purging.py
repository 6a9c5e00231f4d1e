"""Deletes input as it came once it is old: the words are in the journal, files with their case."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import ConfigError
from services.chassis.forgetting import Forgetting, Old

BATCH = 500
LEAST_DAYS = 2  # what waits for its call does so for a day, and needs its bytes

_WHOSE = """
-- tenants that have something old; ids sort by time, so of each only its first one is looked at
with recursive tenant as (
    (select tenant_id from raw_input order by tenant_id limit 1)
    union all
    select (select tenant_id from raw_input where tenant_id > tenant.tenant_id order by tenant_id limit 1)
    from tenant where tenant.tenant_id is not null)
select tenant_id from tenant
where tenant_id is not null and (
    select raw_id from raw_input where raw_input.tenant_id = tenant.tenant_id order by raw_id limit 1) < $1
limit $2
"""
_PURGE = """
-- the oldest input of the tenants that are seen, with its refusals; what somebody holds waits
with old as (
    select tenant_id, raw_id from raw_input
    where raw_id < $1
    order by tenant_id, raw_id limit $2 for update skip locked),
refused as (
    delete from refusal using old where refusal.tenant_id = old.tenant_id and refusal.raw_id = old.raw_id)
delete from raw_input using old
where raw_input.tenant_id = old.tenant_id and raw_input.raw_id = old.raw_id
returning true
"""


def purging(database: Database, clock: Clock, days: int) -> Forgetting:
    """The component that deletes it. Raises ConfigError for fewer than LEAST_DAYS."""
    if days < LEAST_DAYS:
        raise ConfigError("bad_configuration", f"AMENDS_INTAKE_RAW_DAYS is at least {LEAST_DAYS}")
    old = Old(_WHOSE, _PURGE, "purging", BATCH, first_id_of)
    return Forgetting(database, clock, old, timedelta(days=days))


def first_id_of(moment: datetime) -> UUID:
    """The least UUIDv7 of a moment (RFC 9562: 48 bits of milliseconds lead)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
