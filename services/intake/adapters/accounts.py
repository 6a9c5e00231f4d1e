"""Channel accounts: which address, number or page of ours belongs to which tenant, and what signs for it.

Read across tenants by the system role and kept for a few seconds; a miss reads again, so a new account
works at once. `register_account` and `add_secret` are what `python -m services.intake accounts apply
FILE` calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg

from services.chassis.clock import Clock
from services.chassis.db import Database
from services.chassis.errors import Conflict, InvalidArgument, Retryable
from services.chassis.log import get_logger
from services.intake.domain.records import Channel

log = get_logger(__name__)

TTL = timedelta(seconds=5)
# How soon a miss may read again: a scan of addresses must not become a scan of the table.
MISS_TTL = timedelta(milliseconds=500)
PROVIDERS: Mapping[str, tuple[Channel, ...]] = {
    "mail": (Channel.EMAIL,),
    "twilio": (Channel.PHONE, Channel.SMS),
    "whatsapp": (Channel.WHATSAPP,),
    "messenger": (Channel.MESSENGER,),
}
SECRET_KINDS = ("auth_token", "shared_key", "app_secret", "verify_token")
ACTIVE_SECRETS = 2

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
_REGISTER = """
insert into channel_account (tenant_id, provider, account, channel, settings) values ($1, $2, $3, $4, $5)
on conflict (tenant_id, provider, account)
do update set channel = excluded.channel, settings = excluded.settings
"""
_ADD = """
insert into channel_secret (tenant_id, provider, account, kind, key_id, secret, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant_id, provider, account, kind, key_id, secret) do update set retired_at = null
"""
# All but the newest two of a kind: one in use, one being rotated in.
_RETIRE = """
update channel_secret set retired_at = $6
where tenant_id = $1 and provider = $2 and account = $3 and kind = $4 and key_id = $5 and retired_at is null
    and secret not in (
        select secret from channel_secret
        where tenant_id = $1 and provider = $2 and account = $3 and kind = $4 and key_id = $5
            and retired_at is null
        order by created_at desc limit $7)
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


async def register_account(database: Database, account: ChannelAccount, now: datetime) -> None:
    """Create or change an account and add its secrets; again and again with the same result.

    Raises InvalidArgument for an unknown provider or secret kind, Conflict when a mail address belongs to
    another tenant, Retryable.
    """
    if account.channel not in PROVIDERS.get(account.provider, ()):
        allowed = ", ".join(f"{name} ({'/'.join(kinds)})" for name, kinds in PROVIDERS.items())
        raise InvalidArgument(
            "unknown_provider", f"{account.provider} {account.channel}", {"providers": allowed}
        )
    try:
        async with database.transaction([account.tenant_id]) as tx:
            name = account.account.lower() if account.provider == "mail" else account.account
            await tx.execute(
                _REGISTER,
                account.tenant_id,
                account.provider,
                name,
                account.channel.value,
                dict(account.settings),
            )
    except asyncpg.UniqueViolationError as taken:
        raise Conflict("address_taken", "this mail address belongs to another tenant") from taken
    for number, secret in enumerate(reversed(account.secrets)):
        # The first one listed is the newest.
        await add_secret(database, account, secret, now + timedelta(microseconds=number))


async def add_secret(database: Database, account: ChannelAccount, secret: Secret, now: datetime) -> None:
    """Add a secret; of its kind the two newest stay active, older ones are retired (rotation).

    Raises InvalidArgument for an unknown kind, Retryable.
    """
    if secret.kind not in SECRET_KINDS:
        raise InvalidArgument("unknown_secret_kind", secret.kind, {"kinds": ", ".join(SECRET_KINDS)})
    key = (account.tenant_id, account.provider, account.account, secret.kind, secret.key_id)
    async with database.transaction([account.tenant_id]) as tx:
        await tx.execute(_ADD, *key, secret.secret, now)
        await tx.execute(_RETIRE, *key, now, ACTIVE_SECRETS)
