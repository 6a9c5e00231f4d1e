"""Mail by SMTP.

The Message-ID follows from the case and the message, so a mail sent again after an attempt whose answer
nobody saw is the same mail to every server and program that looks at it. A reply finds its case by the
plus-address in Reply-To, whose code only we can make, and by the Message-ID.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Literal

import aiosmtplib
from aiosmtplib.typing import Default

from services.chassis.clock import Clock
from services.followup.adapters.senders.markup import as_html
from services.followup.domain.contact import Contact, HandedOver, Outcome, Refused, Repeat, TryAgain, Unseen

TIMEOUT_S = 15.0
# The customer's Message-ID, if they sent one; anything else is left out rather than repaired.
_MESSAGE_ID = re.compile(r"(?!.*=\?)[!-;=?A-~]{1,400}@[!-;=?A-~]{1,400}")
# RFC 5321 and 6531 without quoted local parts and address literals; what looks like an encoded word is out
# (see _line).
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"(?!.*=\?)({_ATOM}(?:\.{_ATOM})*)@([\w-]+(?:\.[\w-]+)*)")
# A word without a space cannot be folded, and no line may be over 998 bytes (RFC 5322 2.1.1).
_LINE_LIMIT = 500
_STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463
_MAC_LENGTH = 16  # hex digits: 64 bits, with one guess per mail


@dataclass(frozen=True, slots=True)
class MailServer:
    """The relay that takes our mail; `default_from` is used where the channel has no mail address of its
    own.
    """

    host: str
    port: int
    username: str
    password: str
    start_tls: bool
    default_from: str
    thread_secret: str


class _Session(aiosmtplib.SMTP):
    """A session that knows how far it came: what was lost before DATA is certain not to be out, and what was
    taken is out, whatever the good-bye comes to.
    """

    in_data = False
    taken: aiosmtplib.SMTPResponse | None = None

    async def data(
        self, message: str | bytes, /, *, timeout: float | Literal[Default.token] | None = Default.token
    ) -> aiosmtplib.SMTPResponse:
        """DATA and the mail behind it. Raises as aiosmtplib.SMTP.data does."""
        self.in_data = True
        self.taken = await super().data(message, timeout=timeout)
        return self.taken


class MailSender:
    """Sender for mail. The relay's 250 is the delivery: SMTP gives no receipt."""

    repeat = Repeat.POSSIBLE

    def __init__(self, server: MailServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, contact: Contact) -> Outcome:
        """One SMTP session: 5xx is final, 4xx and a lost connection are not, an address that is none is."""
        if _ADDRESS.fullmatch(contact.party_value) is None:
            return Refused("bounced", "not_an_address")
        mail = compose(contact, self._server, format_datetime(self._clock.now()))
        session = _Session(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.username or None,
            password=self._server.password or None,
            start_tls=self._server.start_tls,
            timeout=TIMEOUT_S,
        )
        try:
            async with session:
                await session.send_message(
                    mail, sender=str(mail["Reply-To"]), recipients=[contact.party_value]
                )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            if session.taken is None:
                return _failure(error, in_data=session.in_data)
        return HandedOver(str(mail["Message-ID"]), self._clock.now(), final=True)

    async def find(self, contact: Contact) -> str | None:
        """SMTP cannot be asked. What is sent again has the same Message-ID, by which servers and programs may
        know it.
        """
        return None


def compose(contact: Contact, server: MailServer, date: str) -> EmailMessage:
    """The mail of a contact; header values are put on one line, so that no text can add a header.

    A mail to an internationalised address is in UTF-8 (RFC 6532). Raises ValueError for an address that is
    none.
    """
    address = contact.account if "@" in contact.account else server.default_from
    local, _, domain = address.partition("@")
    mail = EmailMessage(policy=SMTP if contact.party_value.isascii() else SMTPUTF8)
    mail["From"] = _mailbox(contact.author, address)
    mail["To"] = _mailbox(contact.party_name, contact.party_value)
    mail["Subject"] = _line(contact.subject)
    mail["Date"] = date
    mail["Message-ID"] = message_id(contact.case_id, contact.contact_id, domain)
    mail["Reply-To"] = f"{local}+{thread_token(contact.case_id, server.thread_secret)}@{domain}"
    answered = contact.in_reply_to.strip("<> \r\n")
    if _MESSAGE_ID.fullmatch(answered):
        mail["In-Reply-To"] = mail["References"] = f"<{answered}>"
    if not contact.human:
        # RFC 3834: nobody's robot shall answer ours.
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(contact.text)
    mail.add_alternative(as_html(contact.text), subtype="html")
    # The same mail when it is sent again; a boundary drawn by lot would make it another one.
    mail.set_boundary(hashlib.sha256(f"{contact.contact_id}{contact.text}".encode()).hexdigest())
    return mail


def message_id(case_id: str, contact_id: str, domain: str) -> str:
    """`<c.CASE.m.CONTACT@domain>`: intake recognises the case in In-Reply-To and References."""
    return f"<c.{case_id}.m.{contact_id}@{domain}>"


def thread_token(case_id: str, secret: str) -> str:
    """`c.CASE.MAC` for the plus-address; the MAC is the first half of HMAC-SHA256(secret, case id) in hex."""
    mac = hmac.new(secret.encode(), case_id.encode(), hashlib.sha256).hexdigest()[:_MAC_LENGTH]
    return f"c.{case_id}.{mac}"


def _mailbox(name: str, address: str) -> Address:
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise ValueError("not a mail address")
    return Address(_line(name), parts[1], parts[2])


def _line(text: str) -> str:
    """One line of what can be printed, and nothing that looks like an encoded word (RFC 2047).

    The standard library decodes such a word in a header that is set, and writes out the line breaks it held.
    """
    printed = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printed.replace("=?", "= ?").split())[:_LINE_LIMIT]


def _failure(error: Exception, *, in_data: bool) -> Outcome:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        refused = error.recipients[0]
        return _by_code(refused.code, refused.message, "bounced")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_code(error.code, error.message, "rejected")
    reason = f"no_answer: {type(error).__name__}"
    return Unseen(reason) if in_data else TryAgain(reason)


def _by_code(code: int, text: str, error_class: str) -> Outcome:
    status = _STATUS.match(text)
    reason = f"smtp_{code} {status[0]}" if status else f"smtp_{code}"
    # 530-535: our own login is at fault, the mail waits for the operator.
    if 500 <= code < 600 and not 530 <= code <= 538:
        return Refused(error_class, reason)
    return TryAgain(reason)
