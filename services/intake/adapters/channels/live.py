"""What the telephone channels have in common: how a call begins a case, and times as providers write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.intake.adapters.channels.contact import open_chat
from services.intake.adapters.channels.hooks import Reply, Request
from services.intake.domain.assessment import Severity
from services.intake.domain.decide import SESSION
from services.intake.domain.records import (
    FUTURE_LIMIT,
    Answer,
    Channel,
    CustomerWord,
    Party,
    Pointer,
    Source,
    ThreadKey,
)
from services.intake.domain.text import clean_line, first_name

NOTHING = Reply(204)


def call_begun(
    source: Source,
    party: Party,
    call_id: str,
    occurred_at: datetime | None,
    *,
    settings: Mapping[str, str],
    employee_id: str = "",
    case_id: UUID | None = None,
    also: Iterable[str] = (),
    keys: tuple[ThreadKey, ...] = (),
) -> CustomerWord:
    """A customer calls: a live complaint begins before anybody has said a word (P1: act quickly).

    `call_id` is the thread of the call, `also` are further ids of it; `case_id` a case that the switchboard
    knows already; `settings` of the account: `skill`, and `sms`, our number from which callers are asked
    later.
    """
    texts = settings.get("sms", "")
    return CustomerWord(
        source=source,
        parties=(party,),
        provider_message_id=call_id,
        full_name=party.display_name,
        first_name=first_name(party.display_name),
        subject="Incoming call",
        occurred_at=occurred_at,
        keys=(
            *(ThreadKey(SESSION, one, "provider_thread") for one in (call_id, *also) if one),
            *keys,
            *((asked_by_sms(texts, party),) if texts else ()),
        ),
        pointers=() if case_id is None else (Pointer("case", case_id),),
        point_of_contact_id=employee_id,
        required_skill=settings.get("skill", ""),
        severity=Severity.NORMAL,
        live=True,
        session_id=call_id,
    )


def accepted(_request: Request, _answers: Sequence[Answer]) -> Reply:
    """Senders of events look at the status only: any 2xx ends their attempts."""
    return NOTHING


def asked_by_sms(number: str, party: Party) -> ThreadKey:
    """What a caller is asked later is asked by SMS, and so is the answer: it belongs to their newest call."""
    return open_chat(Channel.SMS, number, party, claims_only=True)


def call_source(tenant_id: str, provider: str, account: str, event_id: str) -> Source:
    """The inbox key of something that happened in a call."""
    return Source(tenant_id, provider, clean_line(account, 100), clean_line(event_id, 400), Channel.PHONE)


def iso_time(text: str, received_at: datetime) -> datetime | None:
    """An ISO 8601 time with its zone; absent when missing, unreadable or later than our clock allows."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return in_the_past(moment, received_at) if moment.tzinfo is not None else None


def unix_time(milliseconds: object, received_at: datetime) -> datetime | None:
    """Milliseconds since 1970; absent when they are no such number or later than our clock allows."""
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    try:
        return in_the_past(datetime.fromtimestamp(milliseconds / 1000, UTC), received_at)
    except (ValueError, OverflowError, OSError):
        return None


def in_the_past(moment: datetime, received_at: datetime) -> datetime | None:
    """A provider's moment in UTC; absent when it is later than our own clock allows, or before time."""
    try:
        return moment.astimezone(UTC) if moment <= received_at + FUTURE_LIMIT else None
    except OverflowError:
        return None
