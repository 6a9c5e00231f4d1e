"""Who collects a mailbox, how far it is collected and how it goes: one row for each in PostgreSQL.

A lease keeps two replicas from fetching the same mailbox. It spares work and is no proof: should it run out
under a holder that is only slow, the inbox key still makes one word of a mail that was fetched twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.db import Connection, Database
from services.chassis.errors import Retryable
from services.intake.adapters.accounts import ChannelAccount

# ------------------------------------------------------------------------------------------ statements
_ENTER = "insert into mailbox (tenant_id, account) values ($1, $2) on conflict do nothing"
_HOLD = """
update mailbox set holder = $3, held_until = now() + make_interval(secs => $4)
where tenant_id = $1 and account = $2 and (holder = $3 or held_until < now())
returning folder, uid_validity, last_uid, begun_at
"""
_LET_GO = """
update mailbox set held_until = '-infinity' where tenant_id = $1 and account = $2 and holder = $3
"""
_MOVE_ON = """
update mailbox set folder = $4, uid_validity = $5, last_uid = $6, begun_at = $7, seen_at = now()
where tenant_id = $1 and account = $2 and holder = $3
"""
_TELL = """
update mailbox set state = $4, detail = $5, seen_at = case when $4 = 'collecting' then now() else seen_at end,
    state_since = case when state = $4 then state_since else now() end
where tenant_id = $1 and account = $2 and holder = $3
"""
_ALL = """
select tenant_id, account, state, detail, state_since, seen_at, last_uid, holder, held_until > now() as held
from mailbox order by tenant_id, account
"""


class LeaseLost(Retryable):
    """Another replica collects this mailbox now: stop, and stand by."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder is collected; `uid_validity` 0 before it was ever opened."""

    folder: str = ""
    uid_validity: int = 0
    last_uid: int = 0
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MailboxState:
    """What an operator is shown of a mailbox; `collected` is whether a replica is at it just now."""

    tenant_id: str
    account: str
    state: str  # new, collecting, retrying, refused, misconfigured
    detail: str
    since: datetime
    seen_at: datetime | None
    collected: bool


class Places:
    """The rows, as one replica (`holder`) sees them. Every method raises Retryable."""

    def __init__(self, database: Database, holder: str, lease_s: float) -> None:
        self._database = database
        self._holder = holder
        self._lease_s = lease_s

    async def hold(self, account: ChannelAccount) -> Place | None:
        """Take or prolong the lease; None while another replica has it."""
        key = (account.tenant_id, account.account)
        async with self._database.transaction([account.tenant_id]) as tx:
            await tx.execute(_ENTER, *key)
            row = await tx.fetchrow(_HOLD, *key, self._holder, self._lease_s)
        return None if row is None else Place(*row)

    async def keep(self, account: ChannelAccount) -> None:
        """Prolong the lease. Raises LeaseLost when another replica has it."""
        if await self.hold(account) is None:
            raise LeaseLost("lease_lost", "another replica collects this mailbox")

    async def let_go(self, account: ChannelAccount) -> None:
        """End the lease at once, so that another replica need not wait."""
        await self._change(_LET_GO, account)

    async def move_on(self, account: ChannelAccount, place: Place) -> None:
        """Write down how far the folder is collected. Raises LeaseLost when another replica has it."""
        place_of = (place.folder, place.uid_validity, place.last_uid, place.begun_at)
        if await self._change(_MOVE_ON, account, *place_of) != "UPDATE 1":
            raise LeaseLost("lease_lost", "another replica collects this mailbox")

    async def tell(self, account: ChannelAccount, state: str, detail: str = "") -> None:
        """Write down how it goes, for `accounts status`."""
        await self._change(_TELL, account, state, detail[:500])

    async def _change(self, statement: str, account: ChannelAccount, *values: object) -> str:
        key = (account.tenant_id, account.account, self._holder)
        async with self._database.transaction([account.tenant_id]) as tx:
            return str(await tx.execute(statement, *key, *values))


async def mailbox_states(connection: Connection) -> list[MailboxState]:
    """Every mailbox of every tenant, for an operator."""
    rows = await connection.fetch(_ALL)
    return [
        MailboxState(
            row["tenant_id"],
            row["account"],
            row["state"],
            row["detail"],
            row["state_since"],
            row["seen_at"],
            row["held"],
        )
        for row in rows
    ]
