"""How customers want to be reached, in PostgreSQL, and a tenant's quiet hours from the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from amends.intake.v1 import events_pb2 as intake

from services.chassis.db import Connection
from services.chassis.envelope import Event
from services.chassis.errors import ConfigError
from services.followup.domain.attempts import Preferences, Quiet
from services.followup.domain.words import Channel

ANYBODY = "*"

_KEEP = """
insert into contact_preference (tenant_id, customer_id, preferred, refused, time_zone, quiet_since,
quiet_until, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (tenant_id, customer_id) do update set preferred = excluded.preferred, refused = excluded.refused,
time_zone = excluded.time_zone, quiet_since = excluded.quiet_since, quiet_until = excluded.quiet_until,
changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""
_READ = """
select preferred, refused, time_zone, quiet_since, quiet_until from contact_preference
where tenant_id = $1 and customer_id = $2
"""
# The survivor's own words stand; without any, the newest of the others'. A consent that one of them refused
# stays refused. The others keep theirs, for a merge that is taken back.
_ADOPT = """
insert into contact_preference
select tenant_id, $2, preferred, refused, time_zone, quiet_since, quiet_until, changed_by, changed_at
from contact_preference where tenant_id = $1 and customer_id = any($3) order by changed_at desc limit 1
on conflict (tenant_id, customer_id) do nothing
"""
_REFUSE = """
update contact_preference as survivor set refused = array(
    select distinct one from contact_preference as told cross join unnest(told.refused) as one
    where told.tenant_id = $1 and (told.customer_id = $2 or told.customer_id = any($3)) order by one)
where survivor.tenant_id = $1 and survivor.customer_id = $2
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One customer's preferences; zone and quiet hours are empty where the tenant's are to count."""

    channels: Preferences = field(default_factory=Preferences)
    zone: str = ""
    since: str = ""
    until: str = ""

    def quiet(self, tenants: Quiet) -> Quiet:
        """The hours at which this customer is not to be disturbed."""
        own = bool(self.since)
        return Quiet(
            self.zone or tenants.zone,
            time.fromisoformat(self.since) if own else tenants.since,
            time.fromisoformat(self.until) if own else tenants.until,
        )


async def read(tx: Connection, tenant_id: str, customer_id: str) -> Told:
    """What a customer told us; nothing where they told us nothing. Raises Retryable."""
    row = await tx.fetchrow(_READ, tenant_id, customer_id)
    if row is None:
        return Told()
    channels = Preferences(_channels(row["preferred"]), frozenset(_channels(row["refused"])))
    return Told(channels, row["time_zone"], row["quiet_since"], row["quiet_until"])


async def keep(tx: Connection, tenant_id: str, customer_id: str, told: Told, by: str, now: datetime) -> None:
    """Put them in the place of what was known. Raises Retryable."""
    preferred = [one.value for one in told.channels.preferred]
    refused = sorted(one.value for one in told.channels.refused)
    await tx.execute(
        _KEEP, tenant_id, customer_id, preferred, refused, told.zone, told.since, told.until, by, now
    )


async def hear(tx: Connection, events: Sequence[Event]) -> None:
    """Customers who turned out to be one. Raises Retryable."""
    for event in events:
        message = event.message
        if isinstance(message, intake.CustomersMerged):
            args = (message.surviving_customer_id, list(message.merged_customer_ids))
            await tx.execute(_ADOPT, event.tenant_id, *args)
            await tx.execute(_REFUSE, event.tenant_id, *args)


def quiet_hours(entries: Iterable[str]) -> Mapping[str, Quiet]:
    """Of "TENANT ZONE 21:00-08:00", TENANT "*" for all others; the same by tenant. Raises ConfigError."""
    found = {ANYBODY: Quiet("UTC", time(21), time(8))}
    for entry in entries:
        try:
            tenant, zone, hours = entry.split()
            since, _, until = hours.partition("-")
            found[tenant] = Quiet(ZoneInfo(zone).key, time.fromisoformat(since), time.fromisoformat(until))
        except (ValueError, OSError) as error:
            raise ConfigError("bad_quiet_hours", f"TENANT ZONE 21:00-08:00, not {entry!r}") from error
    return found


def _channels(words: Iterable[str]) -> tuple[Channel, ...]:
    return tuple(Channel(one) for one in words)
