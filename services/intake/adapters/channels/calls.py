"""Calls of any switchboard: our own small vocabulary, signed by Standard Webhooks (docs/channels/calls.md).

The structs below are the contract; docs/channels/calls.schema.json is made from them. An account is one
switchboard, known by the secret that signed. Events may come in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from services.intake.adapters.channels.contact import caller
from services.intake.adapters.channels.hooks import (
    Hook,
    Integration,
    Reading,
    Request,
    json_of,
    text_at,
)
from services.intake.adapters.channels.live import accepted, call_begun, call_source, in_the_past
from services.intake.adapters.signatures import check_standard
from services.intake.domain.errors import Malformed
from services.intake.domain.records import (
    Channel,
    Item,
    SessionEvent,
    SessionStep,
    Speech,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text

PROVIDER = "calls"
SECRETS = ("webhook_secret",)

Id = Annotated[str, Meta(min_length=1, max_length=100)]
MaybeId = Annotated[str, Meta(max_length=100)]
Line = Annotated[str, Meta(max_length=200)]
Moment = Annotated[datetime, Meta(tz=True, description="When it happened, RFC 3339 with its zone.")]
CallIds = Annotated[list[Id], Meta(max_length=10, description="Further ids by which the call may be named.")]


class Call(Struct, kw_only=True):
    """Which call: `call_id` is one id for the whole of it, transfers included."""

    call_id: Id
    related_ids: CallIds = msgspec.field(default_factory=list)


class Started(Call, kw_only=True):
    """A customer calls: `from` is empty when withheld, `employee_id` answers, `case_id` is known already."""

    from_: Line = msgspec.field(name="from", default="")
    to: Line = ""
    caller_name: Line = ""
    employee_id: MaybeId = ""
    case_id: UUID | None = None


class Answered(Call, kw_only=True):
    """An employee is now on the line with the customer; every further one, as in a three-way call, again."""

    employee_id: Id


class Ended(Call, kw_only=True):
    """The customer is on the line no more."""

    outcome: Line = ""


class Spoken(Call, kw_only=True):
    """A finished stretch of speech."""

    segment_id: Id
    speaker: Literal["customer", "employee"]
    text: Annotated[str, Meta(min_length=1, max_length=16_000)]
    employee_id: MaybeId = ""
    language: Annotated[str, Meta(max_length=20)] = ""


class CallStarted(Struct, tag_field="type", tag="call.started"):
    """A call begins."""

    timestamp: Moment
    data: Started


class CallAnswered(Struct, tag_field="type", tag="call.answered"):
    """An employee answers or joins."""

    timestamp: Moment
    data: Answered


class CallEnded(Struct, tag_field="type", tag="call.ended"):
    """A call ends."""

    timestamp: Moment
    data: Ended


class CallSpeech(Struct, tag_field="type", tag="call.speech"):
    """Somebody said something."""

    timestamp: Moment
    data: Spoken


CallEvent = CallStarted | CallAnswered | CallEnded | CallSpeech
_TYPES: Mapping[str, Any] = {
    "call.started": CallStarted,
    "call.answered": CallAnswered,
    "call.ended": CallEnded,
    "call.speech": CallSpeech,
}


def schema() -> dict[str, Any]:
    """The JSON Schema of the body, as published beside the documentation."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Call events",
        **msgspec.json.schema(CallEvent),
    }


def _switchboard(request: Request) -> str:
    """Who signed. Raises BadSignature."""
    return check_standard(request.accounts, request.headers, request.body, request.received_at)


def check(request: Request) -> None:
    """Standard Webhooks with any active secret of the tenant's switchboards."""
    _switchboard(request)


def read(request: Request) -> Reading:
    """One event. Raises Malformed for one of a known type in another shape."""
    account, body = _switchboard(request), json_of(request.body)
    kind = text_at(body, "type")
    if kind not in _TYPES:
        origin = call_source(request.tenant_id, PROVIDER, account, request.header("webhook-id"))
        return Reading((Unrecognised(origin, clean_line(kind, 80)),))
    try:
        return Reading((_item(request, account, msgspec.convert(body, _TYPES[kind])),))
    except (msgspec.ValidationError, OverflowError) as wrong:
        raise Malformed("malformed_event", clean_line(f"{kind}: {wrong}", 300)) from wrong


def _item(request: Request, account: str, event: CallEvent) -> Item:
    origin = call_source(request.tenant_id, PROVIDER, account, request.header("webhook-id"))
    at = in_the_past(event.timestamp, request.received_at)
    data = event.data
    # Two switchboards may give two calls the same id.
    named = (clean_line(f"{account}:{one}", 200) for one in (data.call_id, *data.related_ids))
    ids = tuple(dict.fromkeys(named))
    match data:
        case Started():
            settings = request.accounts[account].settings
            name = clean_line(data.caller_name)
            return call_begun(
                origin,
                caller(clean_line(data.from_), ids[0], name, settings.get("region")),
                ids[0],
                at,
                settings=settings,
                employee_id=clean_line(data.employee_id, 100),
                case_id=data.case_id,
                also=ids[1:],
            )
        case Answered():
            employee = clean_line(data.employee_id, 100)
            return SessionEvent(origin, SessionStep.JOINED, ids, employee, occurred_at=at, may_wait=True)
        case Ended():
            outcome = clean_line(data.outcome, 40) or "completed"
            return SessionEvent(
                origin, SessionStep.ENDED, ids, outcome=outcome, occurred_at=at, may_wait=True
            )
        case Spoken():
            return Speech(
                origin,
                ids,
                by_employee=data.speaker == "employee",
                employee_id=clean_line(data.employee_id, 100) if data.speaker == "employee" else "",
                segment_id=clean_line(f"{ids[0]}:{data.segment_id}", 200),
                text=clean_text(data.text),
                language=clean_line(data.language, 20),
                occurred_at=at,
                may_wait=True,
            )
        case _:
            raise TypeError(type(data).__name__)


INTEGRATION = Integration(
    PROVIDER,
    Channel.PHONE,
    SECRETS,
    (Hook("calls", PROVIDER, Channel.PHONE, check, read, accepted),),
)
