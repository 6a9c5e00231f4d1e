"""What each account has sent of what it may, in one row that all replicas share (domain/pace.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import asyncpg

from services.chassis.db import Connection
from services.followup.domain.contact import Contact
from services.followup.domain.pace import Pace
from services.followup.domain.pace import admitted as admitted_now
from services.followup.domain.words import Via

Account = tuple[str, str]  # tenant, the account a message leaves from

# The accounts that a pace is kept for, locked in one order.
_SPENT = """
insert into account_pace (tenant_id, via, account, spent_until)
select tenant_id, $1, account, $4 from unnest($2::text[], $3::text[]) as asked (tenant_id, account)
order by tenant_id, account
on conflict (tenant_id, via, account) do update set via = excluded.via
returning tenant_id, account, spent_until
"""
_SPEND = """
update account_pace set spent_until = greatest(account_pace.spent_until, new.spent_until)
from unnest($2::text[], $3::text[], $4::timestamptz[]) as new (tenant_id, account, spent_until)
where account_pace.tenant_id = new.tenant_id and via = $1 and account_pace.account = new.account
"""


async def admitted(
    tx: Connection, via: Via, pace: Pace, now: datetime, rows: Sequence[asyncpg.Record]
) -> list[asyncpg.Record]:
    """Of messages (tenant_id, account) those that their accounts may send now, which is thereby spent."""
    by_account: dict[Account, list[asyncpg.Record]] = {}
    for row in rows:
        by_account.setdefault((row["tenant_id"], row["account"]), []).append(row)
    spent = await _spent_until(tx, via, by_account, now - timedelta(seconds=pace.seconds))
    going: list[asyncpg.Record] = []
    for account, waiting in by_account.items():
        count, spent[account] = admitted_now(pace, spent[account], now, len(waiting))
        going += waiting[:count]
    await _spend(tx, via, spent)
    return going


async def hold(tx: Connection, contact: Contact, until: datetime) -> None:
    """Send nothing from this message's account before `until`."""
    account = (contact.tenant_id, contact.account)
    await _spent_until(tx, contact.via, [account], until)
    await _spend(tx, contact.via, {account: until})


async def _spent_until(
    tx: Connection, via: Via, accounts: Collection[Account], unknown: datetime
) -> dict[Account, datetime]:
    """What these accounts have spent, which nobody else changes before the transaction ends."""
    tenants, names = [tenant for tenant, _ in accounts], [name for _, name in accounts]
    rows = await tx.fetch(_SPENT, via.value, tenants, names, unknown)
    return {(row["tenant_id"], row["account"]): row["spent_until"] for row in rows}


async def _spend(tx: Connection, via: Via, spent: Mapping[Account, datetime]) -> None:
    tenants, names = [tenant for tenant, _ in spent], [name for _, name in spent]
    await tx.execute(_SPEND, via.value, tenants, names, list(spent.values()))
