"""Outgoing messages in PostgreSQL: queued with their cause, claimed by a sender, settled by hand-over and
receipt.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.db import Connection
from services.followup.adapters import paces
from services.followup.domain.contact import Contact, HandedOver, Receipt
from services.followup.domain.pace import Pace
from services.followup.domain.words import Channel, ReplyKind, Via

Place = tuple[str, str, str]  # tenant, provider, the provider's message id
Outgone = tuple[Contact, datetime]  # a message and its t5


@dataclass(frozen=True, slots=True)
class Settled:
    """A message, the receipt that settles it, and t6."""

    contact: Contact
    receipt: Receipt
    sent_at: datetime
    at: datetime


# Columns that hold a Contact's fields, in the order of _QUEUE.
_COLUMNS = (
    "contact_id", "tenant_id", "case_id", "kind", "human", "channel", "via", "account", "party_value",
    "party_name", "subject", "text", "in_reply_to", "thread_key", "author", "queued_at", "reply_id",
    "reply_kind", "promise_id", "hand_off_id", "traceparent",
)  # fmt: skip

# A redelivered cause finds its message already queued.
_QUEUE = """
insert into contact (contact_id, tenant_id, case_id, kind, human, channel, via, account, party_value,
party_name, subject, body, in_reply_to, thread_key, author, queued_at, reply_id, reply_kind, promise_id,
hand_off_id, traceparent, not_before) select *, queued_at from unnest($1::uuid[], $2::text[], $3::text[],
$4::text[], $5::bool[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
$12::text[], $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::text[], $18::text[],
$19::text[], $20::text[], $21::text[]) as new (contact_id, tenant_id, case_id, kind, human, channel, via,
account, party_value, party_name, subject, body, in_reply_to, thread_key, author, queued_at, reply_id,
reply_kind, promise_id, hand_off_id, traceparent) on conflict do nothing
"""

# System role: whose messages wait, and for which provider.
_WAITING = """
select distinct tenant_id, via from contact
where state in ('queued', 'sending') and not_before <= $1 and via = any($2::text[])
"""

# What can be sent now and is locked for us. A person's messages of one case leave in the order they were
# written, but one that is held back until quiet hours end keeps no other waiting: it may be urgent. An
# account that may not send now ($4: what one message takes of its pace) is passed over, so that it keeps no
# other waiting.
_CLAIMABLE = """
select tenant_id, contact_id, account from contact as waiting
where state in ('queued', 'sending') and not_before <= $1 and via = $2
  and not (human and exists (
      select from contact as earlier
      where earlier.tenant_id = waiting.tenant_id and earlier.case_id = waiting.case_id and earlier.human
        and earlier.state in ('queued', 'sending') and earlier.position < waiting.position
        and (earlier.held_until is null or earlier.held_until <= $1)))
  and not exists (
      select from account_pace as pace
      where pace.tenant_id = waiting.tenant_id and pace.via = waiting.via and pace.account = waiting.account
        and pace.spent_until + $4 > $1)
order by not_before, position
limit $3
for update skip locked
"""
# A message still in "sending" past its lease was claimed by a sender that is gone: it may have gone out
# (uncertain).
_CLAIM = """
update contact set state = 'sending', attempt = attempt + 1, uncertain = uncertain or state = 'sending',
                   not_before = $1, claimed_by = $2
where (tenant_id, contact_id) in (select * from unnest($3::text[], $4::uuid[]))
returning *
"""
# The attempt number fences: a sender whose lease ran out settles nothing any more.
_SENT = """
update contact set state = case when $6::timestamptz is null then 'sent' else 'delivered' end,
                   provider_message_id = $4, sent_at = $5, delivered_at = $6, maybe_twice = $7, error = ''
where tenant_id = $1 and contact_id = $2 and state = 'sending' and attempt = $3
"""
# What is certain about one part is recorded before the next goes out.
_PART_OUT = """
update contact set parts_out = $4 + 1, uncertain = false, maybe_twice = $6, not_before = $5
where tenant_id = $1 and contact_id = $2 and state = 'sending' and attempt = $3 and parts_out = $4
"""
_AGAIN = """
update contact set state = 'queued', not_before = $4, uncertain = uncertain or $5, error = $6
where tenant_id = $1 and contact_id = $2 and state = 'sending' and attempt = $3
"""
_GIVE_UP = """
update contact set state = 'failed', failed_at = $4, error_class = $5, error = $6
where tenant_id = $1 and contact_id = $2 and attempt = $3 and state in ('queued', 'sending')
"""
_AT_PROVIDER = """
select * from contact
where (tenant_id, via, provider_message_id) in (select * from unnest($1::text[], $2::text[], $3::text[]))
order by tenant_id, contact_id
for update
"""
# A second receipt of the same message changes nothing, but a bounce of what counted as delivered when it was
# handed over does.
_SETTLE = """
update contact set state = new.outcome,
                   delivered_at = case when new.outcome = 'delivered' then new.at end,
                   failed_at = case when new.outcome = 'failed' then new.at end,
                   error_class = case when new.outcome = 'failed' then 'bounced' else '' end,
                   error = new.reason
from unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
     as new (tenant_id, contact_id, outcome, at, reason)
where contact.tenant_id = new.tenant_id and contact.contact_id = new.contact_id
  and (contact.state = 'sent'
       or contact.state = 'delivered' and contact.delivered_at = contact.sent_at and new.outcome = 'failed')
returning contact.tenant_id, contact.contact_id
"""
_KEEP_EARLY = """
insert into early_receipt (tenant_id, via, provider_message_id, outcome, reason, at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
on conflict do nothing
"""
# A receipt that matched nothing for so long is about somebody else's message; providers repeat for 7 days.
_FORGET_EARLY = "delete from early_receipt where kept_at < now() - interval '8 days'"
_TAKE_EARLY = """
delete from early_receipt where tenant_id = $1 and via = $2 and provider_message_id = $3
returning outcome, reason, at
"""
# Hand-over and receipt of one message wait for each other here, so that whoever is second sees the first.
_MEET = "select pg_advisory_xact_lock($1, lock) from unnest($2::int[]) as lock"
_MEETING_PLACE = 0x466F6C  # keeps our locks apart from anybody else's


async def queue(tx: Connection, contacts: Sequence[Contact]) -> None:
    """Queue messages to be sent as soon as the transaction commits; one that is known already is left
    alone.
    """
    if not contacts:
        return
    rows = [[_value(contact, name) for name in _COLUMNS] for contact in contacts]
    await tx.execute(_QUEUE, *[list(column) for column in zip(*rows, strict=True)])


async def waiting(conn: Connection, now: datetime, vias: Sequence[Via]) -> list[tuple[str, Via]]:
    """(tenant, provider) pairs with something to send now; read with the system role, across tenants."""
    rows = await conn.fetch(_WAITING, now, [via.value for via in vias])
    return [(row["tenant_id"], Via(row["via"])) for row in rows]


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims how many messages of a provider, at what pace per account, and until when."""

    via: Via
    limit: int
    now: datetime
    until: datetime
    claimer: int | None = None
    pace: Pace | None = None


async def claim(tx: Connection, wanted: Claim) -> list[Contact]:
    """Claim messages of the transaction's tenants, for nobody else before the claim ends."""
    step = wanted.pace.step if wanted.pace else timedelta(0)
    rows = await tx.fetch(_CLAIMABLE, wanted.now, wanted.via.value, wanted.limit, step)
    if wanted.pace is not None:
        rows = await paces.admitted(tx, wanted.via, wanted.pace, wanted.now, rows)
    if not rows:
        return []
    tenants, ids = [row["tenant_id"] for row in rows], [row["contact_id"] for row in rows]
    claimed = await tx.fetch(_CLAIM, wanted.until, wanted.claimer, tenants, ids)
    return [contact_from(row) for row in sorted(claimed, key=lambda row: int(row["position"]))]


async def meet(tx: Connection, met: Sequence[tuple[str, str]]) -> None:
    """Wait for other transactions about the same (provider, provider message id) pairs; then they are
    visible.
    """
    locks = sorted({_lock(via, message_id) for via, message_id in met})
    await tx.fetch(_MEET, _MEETING_PLACE, locks)


async def sent(tx: Connection, contact: Contact, handed: HandedOver) -> bool:
    """Record a hand-over; False when the claim was lost meanwhile. Call `meet` first."""
    final = handed.at if handed.final else None
    args = (contact.tenant_id, UUID(contact.contact_id), contact.attempt, handed.provider_message_id)
    return await tx.execute(_SENT, *args, handed.at, final, contact.maybe_twice) == "UPDATE 1"


async def part_out(tx: Connection, contact: Contact, lease_until: datetime) -> bool:
    """Record one more part of a long message and prolong the claim; False when it was lost meanwhile."""
    args = (contact.tenant_id, UUID(contact.contact_id), contact.attempt, contact.parts_out)
    return await tx.execute(_PART_OUT, *args, lease_until, contact.maybe_twice) == "UPDATE 1"


async def again(tx: Connection, contact: Contact, when: datetime, uncertain: bool, reason: str) -> bool:
    """Queue a claimed message anew for `when`; False when the claim was lost meanwhile."""
    args = (contact.tenant_id, UUID(contact.contact_id), contact.attempt)
    return await tx.execute(_AGAIN, *args, when, uncertain, reason) == "UPDATE 1"


async def give_up(tx: Connection, contact: Contact, at: datetime, error_class: str, reason: str) -> bool:
    """Record that a message will not be sent; False when somebody else settled it meanwhile."""
    args = (contact.tenant_id, UUID(contact.contact_id), contact.attempt)
    return await tx.execute(_GIVE_UP, *args, at, error_class, reason) == "UPDATE 1"


async def at_provider(tx: Connection, wanted: Sequence[tuple[str, Receipt]]) -> dict[Place, Outgone]:
    """The handed-over messages that (tenant, receipt) pairs speak of, by their place at the provider."""
    rows = await tx.fetch(
        _AT_PROVIDER,
        [tenant for tenant, _ in wanted],
        [receipt.via for _, receipt in wanted],
        [receipt.provider_message_id for _, receipt in wanted],
    )
    return {
        (row["tenant_id"], row["via"], row["provider_message_id"]): (contact_from(row), row["sent_at"])
        for row in rows
    }


async def settle(tx: Connection, settled: Sequence[Settled]) -> list[Settled]:
    """Record what receipts say; returns those that said something new, in their order."""
    if not settled:
        return []
    rows = await tx.fetch(
        _SETTLE,
        [one.contact.tenant_id for one in settled],
        [UUID(one.contact.contact_id) for one in settled],
        [one.receipt.outcome for one in settled],
        [one.at for one in settled],
        [one.receipt.reason for one in settled],
    )
    new = {(row["tenant_id"], str(row["contact_id"])) for row in rows}
    return [one for one in settled if (one.contact.tenant_id, one.contact.contact_id) in new]


async def keep_early(tx: Connection, receipts: Sequence[tuple[str, Receipt]]) -> None:
    """Keep (tenant, receipt) pairs whose message is not recorded as sent yet."""
    if not receipts:
        return
    await tx.execute(
        _KEEP_EARLY,
        [tenant for tenant, _ in receipts],
        [receipt.via for _, receipt in receipts],
        [receipt.provider_message_id for _, receipt in receipts],
        [receipt.outcome for _, receipt in receipts],
        [receipt.reason for _, receipt in receipts],
        [receipt.at for _, receipt in receipts],
    )
    await tx.execute(_FORGET_EARLY)


async def take_early(tx: Connection, contact: Contact, provider_message_id: str) -> list[Receipt]:
    """The receipts that came before the hand-over was recorded; they are gone afterwards."""
    rows = await tx.fetch(_TAKE_EARLY, contact.tenant_id, contact.via.value, provider_message_id)
    via = contact.via.value
    return [Receipt(via, provider_message_id, row["outcome"], row["reason"], row["at"]) for row in rows]


def contact_from(row: asyncpg.Record) -> Contact:
    """A Contact from its row."""
    stored = (field.name for field in fields(Contact) if field.name != "window")
    plain = {name: row["body" if name == "text" else name] for name in stored}
    return Contact(
        **plain
        | {
            "contact_id": str(row["contact_id"]),
            "channel": Channel(row["channel"]),
            "via": Via(row["via"]),
            "reply_kind": ReplyKind(row["reply_kind"]),
        }
    )


def _value(contact: Contact, name: str) -> Any:
    value = getattr(contact, name)
    return UUID(value) if name == "contact_id" else value


def _lock(via: str, message_id: str) -> int:
    # 32 bits, signed; a collision only makes two strangers wait for each other
    return zlib.crc32(f"{via}|{message_id}".encode()) - (1 << 31)
