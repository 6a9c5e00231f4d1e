"""Writing down channel accounts and their secrets: what `python -m services.intake accounts apply FILE`
does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg

from services.chassis.db import Database
from services.chassis.errors import Conflict, InvalidArgument
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.hooks import Integration
from services.intake.adapters.channels.registry import INTEGRATIONS

ACTIVE_SECRETS = 2
_ADDRESSES = frozenset({"mail", "imap"})  # their accounts are mail addresses

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


async def register_account(database: Database, account: ChannelAccount, now: datetime) -> None:
    """Create or change an account and add its secrets; again and again with the same result.

    Raises InvalidArgument("unknown_provider", "unknown_secret_kind", "bad_mailbox"),
    Conflict when a mail address belongs to another tenant, Retryable.
    """
    integration = _integration(account)
    for kind in sorted({secret.kind for secret in account.secrets} - set(integration.secrets)):
        kinds = ", ".join(integration.secrets) or "none"
        raise InvalidArgument("unknown_secret_kind", f"{account.provider}: {kind}", {"kinds": kinds})
    if account.provider in _ADDRESSES:
        account = replace(account, account=account.account.lower())
    if integration.check is not None:
        integration.check(account)
    try:
        async with database.transaction([account.tenant_id]) as tx:
            await tx.execute(
                _REGISTER,
                account.tenant_id,
                account.provider,
                account.account,
                account.channel.value,
                dict(account.settings),
            )
    except asyncpg.UniqueViolationError as taken:
        raise Conflict("address_taken", "this mail address belongs to another tenant") from taken
    for number, secret in enumerate(reversed(account.secrets)):
        # The first one listed is the newest.
        await _add_secret(database, account, secret, now + timedelta(microseconds=number))


async def _add_secret(database: Database, account: ChannelAccount, secret: Secret, now: datetime) -> None:
    """Of a kind the two newest stay active, older ones are retired (rotation)."""
    key = (account.tenant_id, account.provider, account.account, secret.kind, secret.key_id)
    async with database.transaction([account.tenant_id]) as tx:
        await tx.execute(_ADD, *key, secret.secret, now)
        await tx.execute(_RETIRE, *key, now, ACTIVE_SECRETS)


def _integration(account: ChannelAccount) -> Integration:
    for each in INTEGRATIONS:
        if (each.provider, each.channel) == (account.provider, account.channel):
            return each
    allowed = ", ".join(sorted(f"{each.provider} ({each.channel})" for each in INTEGRATIONS))
    raise InvalidArgument("unknown_provider", f"{account.provider} {account.channel}", {"providers": allowed})
