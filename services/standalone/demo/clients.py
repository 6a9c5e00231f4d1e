"""How customers and providers reach the platform: a mail client, Twilio's, Meta's and a shop's HTTP requests.

Every request is made and signed as the real provider makes it; nothing here knows the platform but its
addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid
from urllib.parse import urlencode

import aiohttp
import aiosmtplib

from services.standalone.demo.ledger import Answer
from services.standalone.demo.scenario import Accounts
from services.standalone.provider.receipts import twilio_signature

_FORM = "application/x-www-form-urlencoded"
_TIMEOUT_S = 30.0
_TRIES = 3
_AGAIN = 503


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP request, complete with its signature: sent again it is the provider's retry, byte for byte."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the providers sign with, and the shop's API key."""

    twilio_auth_token: str
    meta_app_secret: str
    api_key: str


class Clients:
    """All ways in. `hook(path)` gives the URL of one of the tenant's webhooks."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        accounts: Accounts,
        secrets: Secrets,
        *,
        http: str,
        smtp: str,
        tenant: str,
    ) -> None:
        self._session = session
        self.accounts = accounts
        self._secrets = secrets
        self._http = http
        self._smtp = smtp
        self._tenant = tenant

    def hook(self, path: str) -> str:
        """The URL of one of the tenant's webhooks."""
        return f"{self._http}/v1/hooks/{self._tenant}/{path}"

    async def send(self, post: Post) -> Answer:
        """Make the request; what it was answered. A lost connection and a 503 are tried again, as providers
        do.
        """
        for _ in range(_TRIES - 1):
            try:
                answer = await self._once(post)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError):
                continue
            if answer.code != _AGAIN:
                return answer
        return await self._once(post)

    async def _once(self, post: Post) -> Answer:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with self._session.post(
            post.url, data=post.body, headers=post.headers, timeout=timeout
        ) as response:
            return Answer(response.status, await response.text())

    # ------------------------------------------------------------------------------------------ mail

    async def mail(self, raw: bytes, sender: str, recipient: str = "") -> Answer:
        """Hand one mail over by SMTP; the reply to DATA, or of the step that refused it."""
        host, _, port = self._smtp.partition(":")
        client = aiosmtplib.SMTP(hostname=host, port=int(port), timeout=_TIMEOUT_S)
        try:
            async with client:
                await client.mail(sender)
                await client.rcpt(recipient or self.accounts.mailbox)
                code, text = await client.data(raw)
        except aiosmtplib.SMTPRecipientRefused as refused:
            return Answer(refused.code, refused.message)
        except aiosmtplib.SMTPResponseException as refused:
            return Answer(refused.code, refused.message)
        return Answer(code, text)

    # ------------------------------------------------------------------------------------------ Twilio

    def twilio(
        self,
        path: str,
        form: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        *,
        shared: bool = False,
    ) -> Post:
        """A webhook as Twilio signs it: HMAC-SHA1 with the auth token, or with `shared` HMAC-SHA256 with the
        shared key.
        """
        url = self.hook(path) + (f"?{urlencode(query)}" if query else "")
        form = {"AccountSid": self.accounts.twilio_sid, "ApiVersion": "2010-04-01", **form}
        headers = {"Content-Type": _FORM, "I-Twilio-Idempotency-Token": str(uuid.uuid4())}
        if shared:
            headers["X-Twilio-Webhooks-Signature-Settings"] = (
                f"key={self.accounts.shared_key_id},algorithm=HMAC_SHA256"
            )
            headers["X-Twilio-Signature"] = _sha256_signature(self.accounts.shared_key, url, form)
        else:
            headers["X-Twilio-Signature"] = twilio_signature(self._secrets.twilio_auth_token, url, form)
        return Post(url, urlencode(form).encode(), headers)

    def sms(self, sender: str, text: str, *, shared: bool = False) -> tuple[str, Post]:
        """An incoming SMS and its MessageSid."""
        sid = f"SM{uuid.uuid4().hex}"
        form = {
            "MessageSid": sid, "SmsMessageSid": sid, "From": sender, "To": self.accounts.sms_number,
            "Body": text, "NumMedia": "0", "NumSegments": "1",
        }  # fmt: skip
        return sid, self.twilio("twilio/sms", form, shared=shared)

    # ------------------------------------------------------------------------------------------ Meta

    def meta(self, path: str, payload: Mapping[str, object], secret: str = "") -> Post:
        """A webhook as Meta signs it, over the raw body."""
        body = json.dumps(payload).encode()
        key = (secret or self._secrets.meta_app_secret).encode()
        digest = hmac.new(key, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        return Post(self.hook(path), body, headers)

    def whatsapp(self, sender: str, name: str, text: str, answers: str = "") -> tuple[str, Post]:
        """An incoming WhatsApp message and its id; `answers` is the id of the message it replies to."""
        message_id = f"wamid.{uuid.uuid4().hex}"
        number = sender.lstrip("+")
        message: dict[str, object] = {
            "from": number, "id": message_id, "timestamp": str(int(time.time())),
            "type": "text", "text": {"body": text},
        }  # fmt: skip
        if answers:
            message["context"] = {"from": self.accounts.number.lstrip("+"), "id": answers}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.accounts.number.lstrip("+"),
                "phone_number_id": self.accounts.whatsapp_id,
            },
            "contacts": [{"profile": {"name": name}, "wa_id": number}],
            "messages": [message],
        }
        change = {"field": "messages", "value": value}
        entry = [{"id": self.accounts.whatsapp_id, "changes": [change]}]
        return message_id, self.meta("whatsapp", {"object": "whatsapp_business_account", "entry": entry})

    def messenger(self, sender: str, text: str) -> tuple[str, Post]:
        """An incoming Messenger message and its id."""
        message_id, now = f"m_{uuid.uuid4().hex}", int(time.time() * 1000)
        event = {
            "sender": {"id": sender}, "recipient": {"id": self.accounts.page_id}, "timestamp": now,
            "message": {"mid": message_id, "text": text},
        }  # fmt: skip
        entry = [{"id": self.accounts.page_id, "time": now, "messaging": [event]}]
        return message_id, self.meta("messenger", {"object": "page", "entry": entry})

    # ------------------------------------------------------------------------------------------ REST

    def rest(self, path: str, document: Mapping[str, object], key: str, token: str | None = None) -> Post:
        """A shop's or an app's own request with its API key and Idempotency-Key."""
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self._secrets.api_key if token is None else token}",
            "Idempotency-Key": key,
        }
        return Post(self._http + path, json.dumps(document).encode(), headers)


def now_text() -> str:
    """The present in RFC 2822, as Twilio's Timestamp has it."""
    return format_datetime(datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Thread:
    """What a mail program knows of the mail it answers: where replies go, its id, its subject."""

    reply_to: str
    message_id: str
    subject: str


def compose(
    name: str,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    *,
    charset: str = "utf-8",
    thread: Thread | None = None,
) -> tuple[str, bytes]:
    """A mail as a mail program writes it, and its Message-ID; with `thread` it is an answer."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((name, sender), charset="utf-8")
    mail["To"] = thread.reply_to if thread else recipient
    mail["Subject"] = _answered(thread.subject) if thread else subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    if thread and thread.message_id:
        mail["In-Reply-To"] = thread.message_id
        mail["References"] = thread.message_id
    mail.set_content(text, charset=charset)
    return str(mail["Message-ID"]), mail.as_bytes()


def _answered(subject: str) -> str:
    return subject if subject.casefold().startswith("re:") else f"Re: {subject}"


def _sha256_signature(key: str, url: str, form: Mapping[str, str]) -> str:
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()).decode()
