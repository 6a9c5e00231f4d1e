"""A form on a web page of ours: its fields to a record. The page, not the customer, chooses the names.

Anybody can write anybody's address into a form. So it names one party and no more (two would merge two
customers), and it always begins a case of its own: no field leads into an existing one.
"""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256

from services.chassis.errors import Rejected
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.captcha import VERIFIER
from services.intake.adapters.channels.contact import email_address, phone_number
from services.intake.adapters.channels.forms import PostedForm
from services.intake.adapters.channels.hooks import Integration
from services.intake.adapters.channels.sniff import sniffed_type
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import Malformed, TooLarge
from services.intake.domain.records import Attachment, Channel, CustomerWord, Party, Source
from services.intake.domain.text import NAME_LIMIT, clean_line, clean_name, clean_text, first_name

PROVIDER = "webform"
BODY_LIMIT = 15 * 1024 * 1024
FILES_LIMIT = 10
HONEYPOT = "website"
CAPTCHA_FIELD = "captcha"
_SUBMISSION = re.compile(r"[\x21-\x7e]{1,100}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

INTEGRATION = Integration(PROVIDER, Channel.WEBFORM, (VERIFIER,))


def read(
    form: PostedForm, account: ChannelAccount, classifier: Assessor, received_at: datetime
) -> CustomerWord:
    """One complaint. Raises Rejected for a field that is missing or wrong, Malformed, TooLarge.

    A filled-in honeypot may be a browser's own zeal: it is kept as a query, which nobody is told.
    """
    if len(form.files) > FILES_LIMIT:
        raise TooLarge("too_many_files", f"more than {FILES_LIMIT} files")
    text = clean_text(form.text("text"))
    if not text:
        raise Rejected("no_text", "the field `text` holds nothing to read")
    name = clean_name(form.text("name"))
    party, besides = _party(form, account, name)
    subject = clean_line(form.text("subject"))
    text = f"{text}\n\nPhone: {besides}" if besides else text
    mark = _mark(form, account)
    judged = classifier.judge(subject, text)
    trap = form.text(account.settings.get("honeypot", HONEYPOT)).strip()
    language = form.text("language").strip()
    return CustomerWord(
        source=_source(form, account, mark, received_at),
        parties=(party,),
        full_name=name,
        first_name=first_name(name),
        subject=subject,
        text=text,
        text_stripped=text[:16_000],
        language=language if _LANGUAGE.fullmatch(language) and len(language) <= 35 else judged.language,
        attachments=tuple(_attachments(form)),
        # Nobody stands between the visitor and us: when it reached us is when it was sent.
        occurred_at=received_at,
        suppressed_reason="honeypot" if trap else "",
        required_skill=account.settings.get("skill", ""),
        severity=judged.severity,
        category=judged.topic,
        assessment=judged,
        fingerprint=mark,
    )


def _party(form: PostedForm, account: ChannelAccount, name: str) -> tuple[Party, str]:
    """Whom to answer, and a number that was given besides an address."""
    email, phone = form.text("email").strip(), form.text("phone").strip()
    address = email_address(email)
    number = phone_number(phone, account.settings.get("region"))
    if email and not address:
        raise Rejected("bad_email", "the field `email` is no mail address")
    if phone and not number:
        raise Rejected("bad_phone", "the field `phone` is no telephone number")
    if address:
        return Party("email", address, name), number
    if number:
        return Party("phone", number, name), ""
    raise Rejected("no_party", "the form needs an `email` or a `phone`")


def _source(form: PostedForm, account: ChannelAccount, mark: bytes, received_at: datetime) -> Source:
    """The page's `submission_id`, else the content of the day: a second click is the same, a second complaint
    in the same words on another day is not.
    """
    given = form.text("submission_id").strip()
    if given and not _SUBMISSION.fullmatch(given):
        raise Malformed("bad_submission_id", "submission_id has 1 to 100 visible characters")
    event_id = f"id:{given}" if given else f"{received_at.date()}:{mark.hex()}"
    return Source(account.tenant_id, PROVIDER, account.account, event_id, Channel.WEBFORM)


def _mark(form: PostedForm, account: ChannelAccount) -> bytes:
    """Of what the customer filled in; a captcha's answer is another one each time."""
    changing = {account.settings.get("captcha_field", CAPTCHA_FIELD), "submission_id"}
    parts = [(name.encode(), value) for name, value in sorted(form.fields.items()) if name not in changing]
    parts += [(file.name.encode(), file.content) for file in form.files]
    whole = sha256()
    for name, value in parts:
        whole.update(sha256(name).digest() + sha256(value).digest())
    return whole.digest()


def _attachments(form: PostedForm) -> list[Attachment]:
    """The files; a file field left empty comes as a file without name and bytes."""
    return [
        Attachment(
            clean_line(file.name, NAME_LIMIT).replace("/", "_").replace("\\", "_") or "attachment",
            clean_line(file.media_type.lower(), 100),
            len(file.content),
            sha256(file.content).hexdigest(),
            file.content,
            sniffed_type(file.content),
        )
        for file in form.files
        if file.name or file.content
    ]
