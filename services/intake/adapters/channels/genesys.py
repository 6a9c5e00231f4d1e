"""Genesys Cloud voice: detail events and live transcription, posted by EventBridge (conventions 1.4).

The conversation is the call. Its `customer.start` alone says when the customer came, so it alone begins the
case; whatever overtakes it waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.contact import caller
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    objects_at,
    text_at,
)
from services.intake.adapters.channels.live import accepted, call_begun, call_source, iso_time, unix_time
from services.intake.adapters.signatures import check_token
from services.intake.domain.errors import Malformed, UnknownAccount
from services.intake.domain.records import (
    Channel,
    Item,
    SessionEvent,
    SessionStep,
    Source,
    Speech,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text

PROVIDER = "genesys"
SECRETS = ("api_key",)
_SPEAKERS = {"EXTERNAL": False, "INTERNAL": True}
# A person of ours on the line: under both names Genesys has for them.
_JOINS = frozenset({"user.start", "agent.start"})
_ORGANISATION = 3  # aws.partner/genesys.com/cloud/<organisation>/<name>

Json = Mapping[str, Any]


def check(request: Request) -> None:
    """The API key of the EventBridge connection, any active one of the tenant's organisations."""
    check_token(request.accounts, "api_key", request.header("x-api-key"))


def read(request: Request) -> Reading:
    """One event of the partner bus."""
    envelope = json_of(request.body)
    event_id = text_at(envelope, "id")
    if not event_id:
        raise Malformed("missing_id", "the event carries no id")
    account = _account(request, text_at(envelope, "source"))
    origin = call_source(request.tenant_id, PROVIDER, account.account, event_id)
    topic = text_at(envelope, "detail", "topicName") or text_at(envelope, "detail-type")
    body = envelope["detail"].get("eventBody") if isinstance(envelope.get("detail"), dict) else None
    conversation = clean_line(text_at(body, "conversationId"), 100)
    if not isinstance(body, dict) or not conversation:
        return Reading((Unrecognised(origin, clean_line(topic, 200)),))
    if topic.endswith(".transcription"):
        return Reading(_transcription(request, account, origin, conversation, body))
    kind = ".".join(topic.split(".")[5:])
    return Reading((_happened(request, account, origin, conversation, kind, body),))


def _account(request: Request, source: str) -> ChannelAccount:
    """The organisation of ours that the partner bus belongs to. Raises UnknownAccount."""
    parts = source.split("/")
    account = request.accounts.get(parts[_ORGANISATION]) if len(parts) > _ORGANISATION else None
    if account is None:
        raise UnknownAccount("unknown_account", "no channel account is this organisation")
    return account


def _happened(
    request: Request, account: ChannelAccount, origin: Source, conversation: str, kind: str, body: Json
) -> Item:
    at = unix_time(body.get("eventTime"), request.received_at)
    came_in = text_at(body, "mediaType") == "VOICE" and text_at(body, "direction") == "INBOUND"
    user = clean_line(text_at(body, "userId"), 100)
    if came_in and kind == "customer.start":
        number = text_at(body, "ani").removeprefix("tel:").removeprefix("sip:")
        party = caller(number, conversation, "", account.settings.get("region"))
        return call_begun(origin, party, conversation, at, settings=account.settings)
    if came_in and kind in _JOINS and user:
        employee = account.settings.get(f"user:{user}", user)
        return SessionEvent(
            origin, SessionStep.JOINED, (conversation,), employee, occurred_at=at, may_wait=True
        )
    if came_in and kind == "customer.end":
        outcome = clean_line(text_at(body, "disconnectType"), 40).lower() or "completed"
        return SessionEvent(
            origin, SessionStep.ENDED, (conversation,), outcome=outcome, occurred_at=at, may_wait=True
        )
    return Unrecognised(origin, clean_line(f"conversation {kind}", 80))


def _transcription(
    request: Request, account: ChannelAccount, origin: Source, conversation: str, body: Json
) -> tuple[Item, ...]:
    """Finished utterances; what is not final yet comes again."""
    said = [
        one
        for result in objects_at(body, "transcripts")
        if (one := _speech(request, account, conversation, result, body)) is not None
    ]
    return tuple(said) or (Unrecognised(origin, "transcription"),)


def _speech(
    request: Request, account: ChannelAccount, conversation: str, result: Json, body: Json
) -> Speech | None:
    best = next(iter(objects_at(result, "alternatives")), {})
    text = clean_text(text_at(best, "decoratedTranscript") or text_at(best, "transcript"))
    utterance, side = clean_line(text_at(result, "utteranceId"), 100), text_at(result, "channel")
    if result.get("isFinal") is not True or not text or not utterance or side not in _SPEAKERS:
        return None
    return Speech(
        source=call_source(request.tenant_id, PROVIDER, account.account, f"{conversation}:{utterance}"),
        session_ids=(conversation,),
        by_employee=_SPEAKERS[side],
        employee_id="",
        segment_id=utterance,
        text=text,
        language=clean_line(text_at(result, "dialect"), 20),
        occurred_at=_spoken_at(request, best, body),
        may_wait=True,
    )


def _spoken_at(request: Request, best: Json, body: Json) -> datetime | None:
    """When the stretch began; where it does not say, when Genesys told of it."""
    began, offset = body.get("sessionStartTimeMs"), best.get("offsetMs")
    if isinstance(began, int | float) and isinstance(offset, int | float):
        return unix_time(began + offset, request.received_at)
    return iso_time(text_at(body, "eventTime"), request.received_at)


INTEGRATION = Integration(
    PROVIDER,
    Channel.PHONE,
    SECRETS,
    (Hook("genesys", PROVIDER, Channel.PHONE, check, read, accepted),),
)
