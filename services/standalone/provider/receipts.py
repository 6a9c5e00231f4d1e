"""Delivery receipts, posted back as the real providers post and sign them.

Twilio: a form to the message's own `StatusCallback`, `X-Twilio-Signature` = base64(HMAC-SHA1(auth token, URL
+ sorted parameters)). Meta: JSON to the app's one webhook, `X-Hub-Signature-256` = hex(HMAC-SHA256(app
secret, body)). A receipt that is not answered with 2xx is posted again a few times, with the same content.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import structlog

from services.standalone.provider.recorded import Message

log = structlog.get_logger(__name__)

RETRY_AFTER_S = (0.2, 1.0, 3.0)
_ERRORS = (aiohttp.ClientError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where Meta's receipts go (empty: nowhere) and what all receipts are signed with."""

    whatsapp: str = ""
    messenger: str = ""
    twilio_auth_token: str = ""
    meta_app_secret: str = ""


@dataclass(frozen=True, slots=True)
class _Post:
    url: str
    body: bytes
    headers: Mapping[str, str]


class Receipts:
    """Posts what became of each message; `mode` is "delivered", "failed" or "hold" (kept until `release`)."""

    def __init__(self, session: aiohttp.ClientSession, hooks: Hooks, mode: str = "delivered") -> None:
        self._session = session
        self._hooks = hooks
        self.mode = mode
        self._held: list[Message] = []
        self._running: set[asyncio.Task[None]] = set()

    def report(self, message: Message) -> None:
        """Report on `message` in the background, the way the current mode says."""
        if self.mode == "hold":
            self._held.append(message)
            return
        statuses = ("sent", "failed") if self.mode == "failed" else ("sent", "delivered")
        self._start(message, statuses)

    def release(self) -> int:
        """Report every held message as delivered; how many there were."""
        held, self._held = self._held, []
        for message in held:
            self._start(message, ("sent", "delivered"))
        return len(held)

    async def close(self) -> None:
        """Stop posting; receipts under way are dropped, as when a provider goes down."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, message: Message, statuses: tuple[str, ...]) -> None:
        task = asyncio.create_task(self._report(message, statuses))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _report(self, message: Message, statuses: tuple[str, ...]) -> None:
        for status in statuses:
            post = self._post_for(message, status)
            if post is not None:
                await self._deliver(post)

    def _post_for(self, message: Message, status: str) -> _Post | None:
        if message.provider == "twilio":
            return self._twilio(message, status)
        if message.provider == "whatsapp":
            return self._meta(self._hooks.whatsapp, whatsapp_status(message, status))
        if message.provider == "messenger" and status == "delivered":
            return self._meta(self._hooks.messenger, messenger_delivery(message))
        return None  # Messenger reports deliveries only, Instagram and mail nothing

    def _twilio(self, message: Message, status: str) -> _Post | None:
        url = message.details.get("StatusCallback", "")
        if not url:
            return None
        form = twilio_status(message, status)
        signature = twilio_signature(self._hooks.twilio_auth_token, url, form)
        body = aiohttp.FormData(form)()
        return _Post(url, bytes(body.decode(), "ascii"), {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": f"{message.message_id}-{status}",
        })  # fmt: skip

    def _meta(self, url: str, payload: Mapping[str, object]) -> _Post | None:
        if not url:
            return None
        body = json.dumps(payload).encode()
        digest = hmac.new(self._hooks.meta_app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        return _Post(url, body, headers)

    async def _deliver(self, post: _Post) -> None:
        for pause in (*RETRY_AFTER_S, None):
            try:
                async with self._session.post(post.url, data=post.body, headers=post.headers) as answer:
                    if answer.status < 300:
                        return
                    reason = f"answered {answer.status}"
            except _ERRORS as error:
                reason = repr(error)
            log.warning("receipt_not_taken", url=post.url, reason=reason, gives_up=pause is None)
            if pause is not None:
                await asyncio.sleep(pause)


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a form POST: base64(HMAC-SHA1(token, url + name and value of each parameter,
    sorted)).
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    # SHA-1 is what Twilio signs with by default.
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def twilio_status(message: Message, status: str) -> dict[str, str]:
    """The parameters of Twilio's message status callback."""
    form = {
        "AccountSid": message.account,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "To": message.to,
        "MessageSid": message.message_id,
        "MessageStatus": status,
        "SmsSid": message.message_id,
        "SmsStatus": status,
    }
    return form | ({"ErrorCode": "30003"} if status == "failed" else {})


def whatsapp_status(message: Message, status: str) -> dict[str, object]:
    """The WhatsApp Cloud webhook for one status; its timestamp is whole seconds, as a string."""
    entry: dict[str, object] = {
        "id": message.message_id,
        "status": status,
        "timestamp": str(int(time.time())),
        "recipient_id": message.to,
    }
    opaque = message.details.get("biz_opaque_callback_data", "")
    if opaque:
        entry["biz_opaque_callback_data"] = opaque
    if status == "failed":
        entry["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": message.account, "phone_number_id": message.account},
        "statuses": [entry],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": message.account, "changes": [{"field": "messages", "value": value}]}],
    }


def messenger_delivery(message: Message) -> dict[str, object]:
    """The Messenger webhook that says a message arrived; times in milliseconds."""
    now = int(time.time() * 1000)
    event = {
        "sender": {"id": message.to},
        "recipient": {"id": message.account},
        "timestamp": now,
        "delivery": {"mids": [message.message_id], "watermark": now},
    }
    return {"object": "page", "entry": [{"id": message.account, "time": now, "messaging": [event]}]}
