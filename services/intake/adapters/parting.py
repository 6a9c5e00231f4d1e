"""Cases that resolution began, heard from its events, so that the customer's later words find them.

| event | becomes |
|---|---|
| CaseOpened that follows another case | a conversation of the same customer, to which answers lead |
| CaseSplit, of the part | where the handles of the words that went lead from now on |

A merge changes nothing here: resolution hears the words of both cases, and an undone merge finds both as
they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from amends.intake.v1 import events_pb2 as pb
from amends.resolution.v1 import events_pb2 as resolution

from services.chassis import journal
from services.chassis.clock import stamp_or_none
from services.chassis.db import Connection
from services.chassis.envelope import Event, EventRegistry
from services.chassis.errors import Rejected
from services.chassis.ids import uuid_of
from services.chassis.journal import JournalEntry
from services.intake.adapters import statements as sql
from services.intake.adapters.wire import CHANNELS
from services.intake.domain.parting import Said, going
from services.intake.domain.records import Channel
from services.intake.domain.threading import tag_of

GROUP = "intake"
TOPICS = ("amends.resolution.events.v1",)
_CHANNEL_OF = {number: channel for channel, number in CHANNELS.items()}
# Whoever has more cases than this had them in years: words of the oldest do not become new ones.
_CASES_SEARCHED = 50

# The customer as intake knows them now: who was merged meanwhile is in the case that was followed.
_BEGIN = """
insert into conversation (tenant_id, conversation_id, customer_id, channel, is_case, tag, opened_at, origins)
select $1, $2, coalesce(
        (select customer_id from conversation where tenant_id = $1 and conversation_id = $3), $4),
    $5, true, $6, $7, array[$3::uuid]
on conflict do nothing
"""
_BRING = """
update conversation
set brought = $3, origins = case when $4::uuid[] = '{}' then origins else $4 end
where tenant_id = $1 and conversation_id = $2
"""
# Of the same customer: a word may have been said on a case that was merged into the one it is taken from.
_CASES = """
select conversation_id from conversation
where tenant_id = $1 and customer_id = (
    select customer_id from conversation where tenant_id = $1 and conversation_id = $2)
order by conversation_id desc limit $3
"""
_MOVE = """
update thread_key set conversation_id = $2
where tenant_id = $1 and conversation_id = any($3::uuid[])
    and (interaction_id = any($4::uuid[])
        or (interaction_id = any($5::uuid[]) and scope !~ '^g?mail:')
        or (scope like 'mail:%' and key = any($6::text[])))
"""


def registry() -> EventRegistry:
    """The events of resolution that intake has a use for."""
    return EventRegistry(resolution, only={resolution.CaseOpened, resolution.CaseSplit})


class Parted:
    """The EventHandler of intake."""

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        """See EventHandler. Rarely is there anything to do: most cases begin here."""
        heard = [event for event in events if _concerns_us(event)]
        if not heard:
            return
        # merges move the conversations of a customer: this waits for them, and they for this
        await tx.execute(sql.MERGE_ONE_AT_A_TIME, sorted({event.tenant_id for event in heard}))
        for event in heard:
            if isinstance(event.message, resolution.CaseOpened):
                await _begin(tx, event, event.message)
            elif isinstance(event.message, resolution.CaseSplit):
                await _part(tx, event, event.message)


def _concerns_us(event: Event) -> bool:
    told = event.message
    if not isinstance(told, resolution.CaseOpened | resolution.CaseSplit):
        return False
    if event.key != told.case_id:
        # order holds per key: with another's key the split could overtake the beginning of its case
        raise Rejected(
            "wrong_key", f"The record is keyed {event.key!r} but tells of {told.case_id!r}.", event
        )
    if isinstance(told, resolution.CaseOpened):
        return bool(told.linked_case_id)
    return told.case_id == told.to_case_id and not told.undoes_merge


async def _begin(tx: Connection, event: Event, opened: resolution.CaseOpened) -> None:
    case_id = _uuid(event, opened.case_id)
    await tx.execute(
        _BEGIN,
        event.tenant_id,
        case_id,
        _uuid(event, opened.linked_case_id),
        _uuid(event, opened.customer_id),
        _CHANNEL_OF.get(opened.channel, Channel.API).value,
        tag_of(case_id),
        stamp_or_none(opened, "opened_at") or event.time,
    )


async def _part(tx: Connection, event: Event, split: resolution.CaseSplit) -> None:
    case_id, brought = _uuid(event, split.to_case_id), set(split.message_ids)
    rows = await tx.fetch(_CASES, event.tenant_id, case_id, _CASES_SEARCHED)
    said = [
        word
        for row in rows
        for entry in await journal.history(tx, event.tenant_id, str(row["conversation_id"]))
        if (word := _word(row["conversation_id"], entry)) is not None
    ]
    along = going(said, brought)
    await tx.execute(_BRING, event.tenant_id, case_id, sorted(brought), along.origins)
    await tx.execute(
        _MOVE, event.tenant_id, case_id, along.origins, along.whole, along.ending, along.mail_ids
    )


def _word(conversation_id: UUID, entry: JournalEntry) -> Said | None:
    kind = _WORDS.get(entry.type)
    if kind is None:
        return None
    told = kind.FromString(entry.payload)
    message = told.message
    mail_id = message.provider_message_id.strip("<>") if message.channel == CHANNELS[Channel.EMAIL] else ""
    return Said(conversation_id, uuid_of(told.interaction_id), message.message_id, mail_id)


def _uuid(event: Event, text: str) -> UUID:
    try:
        return uuid_of(text)
    except ValueError as error:
        raise Rejected("bad_case_id", "An id of the event is not a UUID.", event) from error


_WORDS: dict[str, type[pb.ComplaintReceived] | type[pb.CustomerMessageReceived]] = {
    pb.ComplaintReceived.DESCRIPTOR.full_name: pb.ComplaintReceived,
    pb.CustomerMessageReceived.DESCRIPTOR.full_name: pb.CustomerMessageReceived,
}
