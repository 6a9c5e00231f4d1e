"""How customers want to be reached, in PostgreSQL, and a tenant's quiet hours from the settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

import asyncpg
from amends.intake.v1 import events_pb2 as intake

from services.chassis.db import Connection
from services.chassis.envelope import Event
from services.chassis.errors import ConfigError
from services.followup.app.ports import CaseKey
from services.followup.domain.wishes import Preferences, Quiet, Wishes
from services.followup.domain.words import Channel

_ANYBODY = "*"
_GUESS = Quiet("UTC", time(21), time(8))

_KEEP = """
insert into contact_preference (tenant_id, customer_id, preferred, refused, time_zone, quiet_since,
quiet_until, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (tenant_id, customer_id) do update set preferred = excluded.preferred, refused = excluded.refused,
time_zone = excluded.time_zone, quiet_since = excluded.quiet_since, quiet_until = excluded.quiet_until,
changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""
_READ = """
select preferred, refused, time_zone, quiet_since, quiet_until, changed_at from contact_preference
where tenant_id = $1 and customer_id = $2
"""
_OF_CASES = """
select tenant_id, case_id, preferred, refused, time_zone, quiet_since, quiet_until, told.changed_at
from unnest($1::text[], $2::text[]) as asked (tenant_id, case_id)
join loyalty using (tenant_id, case_id)
join contact_preference as told using (tenant_id, customer_id)
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
    told_at: datetime | None = None

    def quiet(self, tenants: Quiet | None) -> Quiet:
        """The hours at which this customer is not to be disturbed; a guess where nobody stated any."""
        own, others = bool(self.since), tenants or _GUESS
        return Quiet(
            self.zone or others.zone,
            time.fromisoformat(self.since) if own else others.since,
            time.fromisoformat(self.until) if own else others.until,
        )

    def wishes(self, tenants: Quiet | None) -> Wishes:
        """What holds for messages to this customer; a guess at their night holds none back."""
        stated = bool(tenants or self.zone or self.since)
        return Wishes(self.channels, self.told_at, self.quiet(tenants) if stated else None)


async def read(tx: Connection, tenant_id: str, customer_id: str) -> Told:
    """What a customer told us; nothing where they told us nothing. Raises Retryable."""
    row = await tx.fetchrow(_READ, tenant_id, customer_id)
    return Told() if row is None else _told(row)


async def of_cases(tx: Connection, keys: Collection[CaseKey]) -> dict[CaseKey, Told]:
    """What the customers of cases told us; of every key. Raises Retryable."""
    ordered = sorted(keys)
    rows = await tx.fetch(_OF_CASES, [tenant for tenant, _ in ordered], [case for _, case in ordered])
    return dict.fromkeys(keys, Told()) | {(row["tenant_id"], row["case_id"]): _told(row) for row in rows}


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
    found: dict[str, Quiet] = {}
    for entry in entries:
        try:
            tenant, zone, hours = entry.split()
            since, _, until = hours.partition("-")
            found[tenant] = Quiet(ZoneInfo(zone).key, time.fromisoformat(since), time.fromisoformat(until))
        except (ValueError, OSError) as error:
            raise ConfigError("bad_quiet_hours", f"TENANT ZONE 21:00-08:00, not {entry!r}") from error
    return found


def tenants(quiet: Mapping[str, Quiet], tenant_id: str) -> Quiet | None:
    """The quiet hours stated for a tenant's customers; None where there are none."""
    return quiet.get(tenant_id, quiet.get(_ANYBODY))


def _told(row: asyncpg.Record) -> Told:
    channels = Preferences(_channels(row["preferred"]), frozenset(_channels(row["refused"])))
    hours = row["time_zone"], row["quiet_since"], row["quiet_until"]
    return Told(channels, *hours, told_at=row["changed_at"])


def _channels(words: Iterable[str]) -> tuple[Channel, ...]:
    return tuple(Channel(one) for one in words)
