"""Channel accounts: which address, number or page of ours belongs to which tenant, and what signs for it.

Read across tenants by the system role and kept for a few seconds; a miss reads again, so a new account
works at once. They are written by adapters/registration.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.intake.domain.records import Channel

log = get_logger(__name__)

TTL = timedelta(seconds=5)
# How soon a miss may read again: a scan of addresses must not become a scan of the table.
MISS_TTL = timedelta(milliseconds=500)

# ------------------------------------------------------------------------------------------ statements
_ACCOUNTS = """
select account.tenant_id, account.provider, account.account, account.channel, account.settings,
    secret.kind, secret.key_id, secret.secret
from channel_account as account
left join channel_secret as secret
    on secret.tenant_id = account.tenant_id and secret.provider = account.provider
    and secret.account = account.account and secret.retired_at is null
order by account.tenant_id, account.provider, account.account, secret.created_at desc
"""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a provider signs with; `key_id` names a shared key where there can be several."""

    kind: str
    secret: str = field(repr=False)
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One address, number or page of ours. Settings: `region` ("GB"), `voice_answer` ("conference"), ..."""

    tenant_id: str
    provider: str
    account: str
    channel: Channel
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()


class Accounts:
    """Every tenant's accounts, read at most every five seconds. While the database is away the last known
    serve.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[tuple[str, str], dict[str, ChannelAccount]] = {}
        self._mailboxes: dict[str, ChannelAccount] = {}
        self._read_at = datetime.min.replace(tzinfo=UTC)
        self._reading = asyncio.Lock()

    async def mailbox(self, address: str) -> ChannelAccount | None:
        """The account a mail address belongs to, whatever the tenant. Raises Retryable before the first
        read.
        """
        await self._refresh(TTL)
        if address not in self._mailboxes:
            await self._refresh(MISS_TTL)
        return self._mailboxes.get(address)

    async def of(self, tenant_id: str, provider: str) -> Mapping[str, ChannelAccount]:
        """A tenant's accounts with a provider, by account. Raises Retryable before the first read."""
        await self._refresh(TTL)
        if (tenant_id, provider) not in self._known:
            await self._refresh(MISS_TTL)
        return self._known.get((tenant_id, provider), {})

    async def all(self, provider: str) -> list[ChannelAccount]:
        """Every tenant's accounts with a provider. Raises Retryable before the first read."""
        await self._refresh(TTL)
        found = (accounts for (_, of), accounts in self._known.items() if of == provider)
        return [account for accounts in found for account in accounts.values()]

    async def find(self, tenant_id: str, provider: str, account: str) -> ChannelAccount | None:
        """One account of a tenant. Raises Retryable before the first read."""
        found = (await self.of(tenant_id, provider)).get(account)
        if found is None:
            await self._refresh(MISS_TTL)
            found = self._known.get((tenant_id, provider), {}).get(account)
        return found

    async def _refresh(self, ttl: timedelta) -> None:
        if self._clock.now() - self._read_at < ttl:
            return
        async with self._reading:
            if self._clock.now() - self._read_at < ttl:
                return
            try:
                async with self._database.system() as connection:
                    rows = await connection.fetch(_ACCOUNTS)
            except Retryable:
                if self._read_at.year == 1:
                    raise
                log.warning("channel accounts cannot be read; the last known serve")
                return
            self._take(rows)
            self._read_at = self._clock.now()

    def _take(self, rows: list[asyncpg.Record]) -> None:
        secrets: dict[tuple[str, str, str], list[Secret]] = {}
        found: dict[tuple[str, str, str], asyncpg.Record] = {}
        for row in rows:
            key = (row["tenant_id"], row["provider"], row["account"])
            found[key] = row
            if row["secret"] is not None:
                secrets.setdefault(key, []).append(Secret(row["kind"], row["secret"], row["key_id"]))
        self._known, self._mailboxes = {}, {}
        for (tenant, provider, name), row in found.items():
            account = ChannelAccount(
                tenant,
                provider,
                name,
                Channel(row["channel"]),
                row["settings"],
                tuple(secrets.get((tenant, provider, name), ())),
            )
            self._known.setdefault((tenant, provider), {})[name] = account
            if provider == "mail":
                self._mailboxes[name] = account
