"""Our own REST: bodies of `POST /v1/complaints` and `POST /v1/cases/{case_id}/messages` to records.

The contract is openapi.yaml. Strict, because the sender is a program that can be corrected: unknown
fields, repeated keys and wrong types are errors, and nothing is guessed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from services.chassis.errors import Rejected
from services.intake.adapters.channels.contact import email_address, phone_number
from services.intake.domain.assessment import Assessor, Severity
from services.intake.domain.errors import Malformed
from services.intake.domain.records import (
    FUTURE_LIMIT,
    Answer,
    CustomerWord,
    Party,
    Pointer,
    Source,
)
from services.intake.domain.text import clean_line, clean_name, clean_text, first_name

PROVIDER = "rest"
BODY_LIMIT = 512 * 1024

Short = Annotated[str, Meta(max_length=200)]
Line = Annotated[str, Meta(max_length=500)]
Words = Annotated[str, Meta(min_length=1, max_length=64_000)]
# An earlier system's name goes into the inbox key, so that a repeat by another API key is a repeat.
System = Annotated[str, Meta(max_length=63, pattern="^([a-z0-9][a-z0-9-]*)?$")]
Language = Annotated[str, Meta(max_length=35, pattern="^[A-Za-z0-9-]*$")]


class CustomerBody(Struct, forbid_unknown_fields=True):
    """Who complains: at least one of email, phone, crm_id and handle."""

    name: Short = ""
    first_name: Short = ""
    email: Short = ""
    phone: Short = ""
    crm_id: Short = ""
    handle: Short = ""


class MessageBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A further word on a case."""

    text: Words
    customer: CustomerBody
    subject: Line = ""
    occurred_at: datetime | None = None
    language: Language = ""


class EarlierBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an imported complaint said before the earlier system changed it: kept with the raw request."""

    text: Words
    subject: Line = ""
    category: Short = ""
    severity: Literal["", "low", "normal", "high", "critical"] = ""
    occurred_at: datetime | None = None


class ComplaintBody(MessageBody, forbid_unknown_fields=True, kw_only=True):
    """A new complaint."""

    point_of_contact_id: Short = ""
    required_skill: Short = ""
    severity: Literal["", "low", "normal", "high", "critical"] = ""
    category: Short = ""
    live: bool = False
    imported_from: System = ""
    acknowledge: bool = False
    due_at: datetime | None = None
    earlier_versions: Annotated[list[EarlierBody], Meta(max_length=50)] = []


B = TypeVar("B", bound=MessageBody)


def read_complaint(body: bytes, source: Source, classifier: Assessor, received_at: datetime) -> CustomerWord:
    """A complaint. Raises Malformed for what is no JSON (400), Rejected for what breaks the schema (422)."""
    said = _convert(body, ComplaintBody)
    word = _word(said, body, source, received_at)
    judged = classifier.judge(word.subject, word.text)
    if said.imported_from:
        word = _taken_over(word, said)
    else:
        _check_not_imported(said)
    return replace(
        word,
        point_of_contact_id=clean_line(said.point_of_contact_id),
        required_skill=clean_line(said.required_skill),
        severity=Severity[said.severity.upper()] if said.severity else judged.severity,
        category=clean_line(said.category) or judged.topic,
        language=word.language or judged.language,
        assessment=judged,
        live=said.live,
    )


def _check_not_imported(said: ComplaintBody) -> None:
    if said.acknowledge:
        raise Rejected("not_imported", "acknowledge goes with imported_from: others are acknowledged anyway")
    if said.due_at is not None or said.earlier_versions:
        raise Rejected("not_imported", "due_at and earlier_versions go with imported_from")


def _taken_over(word: CustomerWord, said: ComplaintBody) -> CustomerWord:
    """A case of an earlier system's backlog: what its customer is told now is up to the owner, unless an
    acknowledgement is asked for.
    """
    if said.live:
        raise Rejected("live_import", "nobody waits on the line for a case that is taken over")
    if said.occurred_at is None:
        raise Rejected("no_time", "occurred_at says when an imported complaint was made")
    if said.due_at is not None and (said.due_at.tzinfo is None or said.due_at <= said.occurred_at):
        raise Rejected("bad_due", "due_at needs an offset and lies after occurred_at")
    return replace(
        word,
        source=replace(word.source, account=f"import:{said.imported_from}"),
        imported_from=said.imported_from,
        due_at=said.due_at,
        suppressed_reason="" if said.acknowledge else "imported",
    )


def read_message(body: bytes, source: Source, received_at: datetime, case_id: UUID) -> CustomerWord:
    """A further word on case `case_id`. Raises as `read_complaint`."""
    word = _word(_convert(body, MessageBody), body, source, received_at)
    # One key space for both paths: the same key on another case is another request.
    mark = sha256(case_id.bytes + word.fingerprint).digest()
    return replace(word, pointers=(Pointer("case", case_id),), must_thread=True, fingerprint=mark)


def accepted(answer: Answer) -> dict[str, str]:
    """What the sender of a word is told: where it went, and when it was durable."""
    return {
        "case_id": str(answer.conversation_id),
        "interaction_id": str(answer.interaction_id),
        "message_id": str(answer.message_id),
        "received_at": answer.received_at.isoformat().replace("+00:00", "Z"),
    }


def _word(said: MessageBody, body: bytes, source: Source, received_at: datetime) -> CustomerWord:
    if said.occurred_at is not None:
        _check_time(said.occurred_at, received_at)
    text = clean_text(said.text)
    if not text:
        raise Rejected("no_text", "text holds nothing to read")
    name = clean_name(said.customer.name)
    return CustomerWord(
        source=source,
        parties=_parties(said.customer, name),
        provider_message_id=source.event_id,
        full_name=name or clean_name(said.customer.first_name),
        first_name=clean_name(said.customer.first_name) or first_name(name),
        subject=clean_line(said.subject),
        text=text,
        text_stripped=text[:16_000],
        language=said.language,
        occurred_at=said.occurred_at,
        fingerprint=sha256(body).digest(),
    )


def _parties(customer: CustomerBody, name: str) -> tuple[Party, ...]:
    """In the order in which we would answer; all of them are the same person (the caller vouches for it,
    and identity leaves out what is another's by name).
    """
    parties: list[Party] = []
    if customer.email:
        address = email_address(customer.email)
        if not address:
            raise Rejected("bad_email", "customer.email is no mail address")
        parties.append(Party("email", address, name))
    if customer.phone:
        number = phone_number(customer.phone)
        if not number:
            raise Rejected("bad_phone", "customer.phone is no number in international form (+44...)")
        parties.append(Party("phone", number, name))
    for kind, value in (("crm", clean_line(customer.crm_id)), ("handle", clean_line(customer.handle))):
        if value:
            parties.append(Party(kind, value, name))
    if not parties:
        raise Rejected("no_party", "customer needs an email, a phone, a crm_id or a handle")
    return tuple(parties)


def _check_time(occurred_at: datetime, received_at: datetime) -> None:
    if occurred_at.tzinfo is None:
        raise Rejected("bad_time", "occurred_at needs an offset, such as 2026-11-22T04:00:00Z")
    if occurred_at > received_at + FUTURE_LIMIT:
        raise Rejected("time_in_future", "occurred_at has not happened yet")


def _convert(body: bytes, to: type[B]) -> B:
    try:
        document = json.loads(body, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as wrong:
        raise Malformed("malformed_json", "the body is not JSON") from wrong
    try:
        return msgspec.convert(document, to)
    except msgspec.ValidationError as wrong:
        raise Rejected("bad_request", str(wrong)) from wrong


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two equal keys counts depends on the reader: so neither does."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
