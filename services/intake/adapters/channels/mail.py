"""Mail: raw RFC 5322 bytes and their envelope to a customer's word, or to a receipt when a mail of ours
bounced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from services.intake.adapters.channels import headers as mail_headers
from services.intake.adapters.channels.body import Body, read_body
from services.intake.adapters.channels.bounces import bounce_of
from services.intake.adapters.channels.headers import Headers, address_of, addresses_of, origin_time
from services.intake.adapters.channels.quotes import newest_words
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import Malformed
from services.intake.domain.records import (
    Channel,
    CustomerWord,
    Party,
    Pointer,
    Receipt,
    Source,
)
from services.intake.domain.suppression import suppressed_reason
from services.intake.domain.text import clean_line, clean_name, clean_text, first_name
from services.intake.domain.threading import (
    is_forward,
    is_our_message_id,
    is_reply,
    mail_keys,
    message_ids,
    reference_pointers,
    tag_pointers,
    token_pointers,
)

_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP said around the mail; `sender` is "" for the null sender."""

    sender: str
    recipients: tuple[str, ...]
    provider: str  # smtp, lmtp, imap, and those that post mails
    received_at: datetime
    list_id: str = ""  # of the group that our address is, where the account says so


class MailNormaliser:
    """Mail to records; `secrets` prove the tokens in our Reply-To addresses, the newest first."""

    def __init__(self, classifier: Assessor, secrets: Sequence[str]) -> None:
        self._classifier = classifier
        self._secrets = tuple(secrets)

    def read(self, mail: bytes, envelope: Envelope) -> CustomerWord | Receipt:
        """One mail, without tenant and account (see `addressed`).

        Raises TooLarge when a limit is passed, Malformed when nothing can be read. Both before anything
        is kept.
        """
        if not mail.strip():
            raise Malformed("empty_mail", "a mail without a byte to read")
        headers = mail_headers.read_headers(mail)
        body = read_body(mail)
        bounce = _bounce(headers, body, envelope)
        return bounce or self._word(mail, headers, body, envelope)

    def _word(self, mail: bytes, headers: Headers, body: Body, envelope: Envelope) -> CustomerWord:
        own_id = next(iter(message_ids(headers.raw.get("message-id", ""))), "")
        referenced = message_ids(headers.raw.get("in-reply-to", ""), headers.raw.get("references", ""))
        party = _party(headers, envelope, own_id or sha256(mail).hexdigest())
        subject, text = clean_line(headers.get("subject")), clean_text(body.text)
        shown = _shown(subject, text, answers=bool(referenced))[:16_000]
        # What an answer quotes are our words, not the customer's.
        judged = self._classifier.judge(subject, shown)
        name = party.display_name
        return CustomerWord(
            source=_source(envelope, _event_id(mail, own_id, headers, party, text)),
            parties=(party,),
            provider_message_id=f"<{own_id}>" if own_id else "",
            full_name=name,
            first_name=first_name(name),
            subject=subject,
            text=text,
            text_stripped=shown,
            language=_language(headers) or judged.language,
            attachments=body.attachments,
            protection=body.protection,
            occurred_at=origin_time(headers.raw.get("date", ""), envelope.received_at),
            parent_id=next((f"<{one}>" for one in referenced), ""),
            suppressed_reason=suppressed_reason(
                headers.values,
                null_sender=not envelope.sender,
                own_mail=is_our_message_id(own_id),
                own_list=envelope.list_id,
            ),
            keys=mail_keys(own_id, [one for one in referenced if not is_our_message_id(one)]),
            pointers=self._pointers(headers, envelope, referenced, subject),
            severity=judged.severity,
            category=judged.topic,
            assessment=judged,
        )

    def _pointers(
        self, headers: Headers, envelope: Envelope, referenced: Sequence[str], subject: str
    ) -> tuple[Pointer, ...]:
        shown = (headers.raw.get(name, "") for name in ("to", "cc", "delivered-to", "x-original-to"))
        addresses = [*envelope.recipients, *(one for value in shown for one in addresses_of(value))]
        return (
            *token_pointers(addresses, self._secrets),
            *reference_pointers(referenced),
            *tag_pointers(subject),
        )


def addressed(item: CustomerWord | Receipt, tenant_id: str, account: str) -> CustomerWord | Receipt:
    """The record for the tenant whose address was written to."""
    return replace(item, source=replace(item.source, tenant_id=tenant_id, account=account))


def _source(envelope: Envelope, event_id: str) -> Source:
    return Source("", envelope.provider, "", event_id, Channel.EMAIL)


def _shown(subject: str, text: str, *, answers: bool) -> str:
    """The words to show: of an answer the new ones, of anything else and of what is passed on all."""
    return newest_words(text) if (answers or is_reply(subject)) and not is_forward(subject) else text


def _event_id(mail: bytes, own_id: str, headers: Headers, party: Party, text: str) -> str:
    """The Message-ID, and what a redelivery has in common with the first: some senders use one id for
    many mails.

    Received lines differ between deliveries of one mail, so they do not count; without a Message-ID all
    bytes do.
    """
    if not own_id:
        return f"sha256:{sha256(mail).hexdigest()}"
    same = "\0".join((party.value, headers.get("subject"), headers.raw.get("date", ""), text))
    return f"{own_id}#{sha256(same.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _party(headers: Headers, envelope: Envelope, mail_id: str) -> Party:
    """Whom to answer: Reply-To before From before the envelope's sender (RFC 5322 3.6.2).

    Groups that forward to us put their own address into From ("Ada via Care") and keep the customer's.
    """
    for name in ("reply-to", "from", "x-original-from", "x-original-sender", "sender"):
        shown, address = address_of(headers.raw.get(name, ""))
        if address and address not in envelope.recipients:
            told = mail_headers.decode_words(shown).partition(" via ")[0]
            return Party("email", clean_line(address), clean_name(told))
    if envelope.sender:
        return Party("email", clean_line(envelope.sender.lower()))
    return Party("handle", f"unknown:{clean_line(mail_id)}")


def _language(headers: Headers) -> str:
    found = _LANGUAGE.match(headers.get("content-language"))
    return found[0] if found else ""


def _bounce(headers: Headers, body: Body, envelope: Envelope) -> Receipt | None:
    """A bounce of a mail of ours is a receipt; any other is mail like any other."""
    found = bounce_of(headers, body, null_sender=not envelope.sender)
    if found is None:
        return None
    event_id = f"report:{found.message_id}:{found.outcome.name}"
    return Receipt(
        source=replace(_source(envelope, event_id), provider="smtp"),
        provider_message_id=f"<{found.message_id}>",
        outcome=found.outcome,
        reason=found.status,
        occurred_at=origin_time(headers.raw.get("date", ""), envelope.received_at),
    )
