"""Amazon Connect: contact events and Contact Lens segments, posted by EventBridge (conventions 1.3).

Both come best effort and in any order. The contact that came in is the call, `initialContactId` its thread;
whichever of its events is first begins the case, and what knows only a later contact of the same call (a
transfer, a transcript) waits until that contact is linked.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
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
from services.intake.adapters.channels.live import accepted, call_begun, call_source, iso_time
from services.intake.adapters.signatures import check_token
from services.intake.domain.errors import Malformed, UnknownAccount
from services.intake.domain.records import (
    Channel,
    CustomerWord,
    Item,
    SessionEvent,
    SessionStep,
    Source,
    Speech,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text

PROVIDER = "amazon-connect"
SECRETS = ("api_key",)
# A customer came in; "" is an event that does not say.
_CAME_IN = frozenset({"INBOUND", "WEBRTC_API", ""})
# Later contacts of the same call. Not MONITOR and EXTERNAL_OUTBOUND: a listener, or somebody else's leg.
_SAME_CALL = _CAME_IN | {"TRANSFER", "QUEUE_TRANSFER", "CALLBACK", "DISCONNECT"}
_STEPS = {
    "CONNECTED_TO_AGENT": SessionStep.JOINED,
    "DISCONNECTED": SessionStep.ENDED,
    # It follows DISCONNECTED with the same data, and either may be lost: the first of the two counts.
    "COMPLETED": SessionStep.ENDED,
}
_SPEAKERS = {"CUSTOMER": False, "AGENT": True}

Json = Mapping[str, Any]


def check(request: Request) -> None:
    """The API key of the EventBridge connection, any active one of the tenant's instances."""
    check_token(request.accounts, "api_key", request.header("x-api-key"))


def read(request: Request) -> Reading:
    """One event: an EventBridge envelope, a Contact Lens document, or the Kinesis record that holds one."""
    body = json_of(request.body)
    event_id = text_at(body, "id") or text_at(body, "sequenceNumber")
    if text_at(body, "data") and text_at(body, "sequenceNumber"):
        body = json_of(_bytes_of(text_at(body, "data")))
    if not isinstance(body, dict):
        raise Malformed("not_an_event", "expected one event")
    detail = body.get("detail", body)
    if text_at(detail, "ContactId"):
        return Reading(_lens(request, event_id, detail))
    if text_at(detail, "contactId"):
        return Reading(_contact(request, event_id, detail))
    if not event_id:
        raise Malformed("missing_id", "the event carries neither an id nor a contact")
    what = clean_line(text_at(body, "detail-type"), 80)
    return Reading((Unrecognised(call_source(request.tenant_id, PROVIDER, "", event_id), what),))


def _bytes_of(data: str) -> bytes:
    try:
        return b64decode(data)
    except ValueError as wrong:
        raise Malformed("malformed_record", "the data of the record is not base64") from wrong


def _account(request: Request, instance: str) -> ChannelAccount:
    """The instance of ours by its id or ARN. Raises UnknownAccount."""
    account = request.accounts.get(instance.rpartition("/")[2])
    if account is None:
        raise UnknownAccount("unknown_account", "no channel account is this instance")
    return account


def _either(value: Any, *path: str) -> str:
    """The text at a path whose names Amazon writes with a small or a capital first letter."""
    for name in path[:-1]:
        inner = value.get(name) if isinstance(value, dict) else None
        value = inner if isinstance(inner, dict) else _capital(value, name)
    last = path[-1]
    return text_at(value, last) or text_at(value, last[:1].upper() + last[1:])


def _capital(value: Any, name: str) -> Any:
    return value.get(name[:1].upper() + name[1:]) if isinstance(value, dict) else None


# ------------------------------------------------------------------------------------------ contact events


def _contact(request: Request, event_id: str, detail: Json) -> tuple[Item, ...]:
    account = _account(request, _either(detail, "instanceArn"))
    contact, kind = clean_line(text_at(detail, "contactId"), 256), _either(detail, "eventType")
    call = clean_line(_either(detail, "initialContactId"), 256) or contact
    method = _either(detail, "initiationMethod").upper()
    step = _STEPS.get(kind, SessionStep.LINKED)
    # An event without an id is told apart by what happened to which contact when.
    stamp = "" if step is SessionStep.ENDED else _time_of(kind, detail)
    name = f"{contact}:ended" if step is SessionStep.ENDED else event_id or f"{contact}:{kind}:{stamp}"
    origin = call_source(request.tenant_id, PROVIDER, account.account, name)
    if _either(detail, "channel").upper() != "VOICE" or method not in _SAME_CALL:
        return (Unrecognised(origin, f"contact {clean_line(method, 40)} {clean_line(kind, 40)}"),)
    if contact == call and method not in _CAME_IN:
        return (Unrecognised(origin, f"call of our own: {clean_line(method, 40)}"),)
    begun = _begun(request, account, call, kind, detail) if contact == call else None
    before = clean_line(_either(detail, "previousContactId"), 256) if contact != call else ""
    contacts = (call, contact, _after(before)) if before else (call, contact)
    event = _happened(request, account, origin, step, contacts, kind, detail)
    return (event,) if begun is None else (begun, event)


def _begun(
    request: Request, account: ChannelAccount, call: str, kind: str, detail: Json
) -> CustomerWord | None:
    """The call itself, from any event that names the customer; the first one counts, the inbox keeps the
    others.
    """
    number = _either(detail, "customerEndpoint", "address")
    if not number and kind != "INITIATED":
        return None
    return call_begun(
        call_source(request.tenant_id, PROVIDER, account.account, f"{call}:begun"),
        caller(number, call, _either(detail, "customerEndpoint", "displayName")),
        call,
        iso_time(_either(detail, "initiationTimestamp"), request.received_at),
        settings=account.settings,
        employee_id=_agent(account, detail) if _STEPS.get(kind) is SessionStep.JOINED else "",
    )


def _after(contact: str) -> str:
    """The id by which a contact's transfer is known before we know the contact it went to."""
    return f"{contact}>"


def _happened(
    request: Request,
    account: ChannelAccount,
    origin: Source,
    step: SessionStep,
    contacts: Sequence[str],
    kind: str,
    detail: Json,
) -> SessionEvent:
    employee = _agent(account, detail) if step is SessionStep.JOINED else ""
    if step is SessionStep.JOINED and not employee:
        step = SessionStep.LINKED
    reason = clean_line(_either(detail, "disconnectReason"), 40)
    return SessionEvent(
        origin,
        step,
        tuple(dict.fromkeys(contacts)),
        employee_id=employee,
        outcome=(reason or "disconnected").lower() if step is SessionStep.ENDED else "",
        occurred_at=iso_time(_time_of(kind, detail), request.received_at),
        # Whoever passed the customer on leaves a call that goes on.
        unless_known=_after(contacts[1]) if step is SessionStep.ENDED else "",
        may_wait=True,
    )


def _time_of(kind: str, detail: Json) -> str:
    """When that happened which the event tells of."""
    match kind:
        case "CONNECTED_TO_AGENT":
            return _either(detail, "agentInfo", "connectedToAgentTimestamp")
        case "DISCONNECTED" | "COMPLETED":
            return _either(detail, "disconnectTimestamp")
        case "QUEUED":
            return _either(detail, "queueInfo", "enqueueTimestamp")
        case _:
            return _either(detail, "initiationTimestamp")


def _agent(account: ChannelAccount, detail: Json) -> str:
    """The employee: what the account's setting `agent:<id>` says, else the last part of the agent's ARN."""
    agent = clean_line(_either(detail, "agentInfo", "agentArn").rpartition("/")[2], 100)
    return account.settings.get(f"agent:{agent}", agent)


# ------------------------------------------------------------------------------------------ Contact Lens


def _lens(request: Request, event_id: str, detail: Json) -> tuple[Item, ...]:
    """Finished stretches of speech. An `Utterance` is a part of the `Transcript` that follows it: taken
    together they would say everything twice, so the whole one is taken.
    """
    account = _account(request, text_at(detail, "InstanceId"))
    contact, kind = clean_line(text_at(detail, "ContactId"), 256), text_at(detail, "EventType")
    segments = objects_at(detail, "Segments") if kind == "SEGMENTS" else []
    said = [
        one
        for segment in segments
        if (one := _speech(request, account, contact, segment.get("Transcript"), detail)) is not None
    ]
    if said:
        return tuple(said)
    origin = call_source(request.tenant_id, PROVIDER, account.account, event_id or f"{contact}:lens:{kind}")
    return (Unrecognised(origin, f"Contact Lens {clean_line(kind, 40)}"),)


def _speech(
    request: Request, account: ChannelAccount, contact: str, transcript: Any, detail: Json
) -> Speech | None:
    text, segment = clean_text(text_at(transcript, "Content")), clean_line(text_at(transcript, "Id"), 100)
    role = text_at(transcript, "ParticipantRole")
    if not text or not segment or role not in _SPEAKERS:
        return None
    return Speech(
        source=call_source(request.tenant_id, PROVIDER, account.account, f"{contact}:{segment}"),
        session_ids=(contact,),
        by_employee=_SPEAKERS[role],
        employee_id="",
        segment_id=f"{contact}:{segment}",
        text=text,
        language=clean_line(text_at(detail, "LanguageCode"), 20),
        may_wait=True,
    )


INTEGRATION = Integration(
    PROVIDER,
    Channel.PHONE,
    SECRETS,
    (Hook("amazon-connect", PROVIDER, Channel.PHONE, check, read, accepted),),
)
