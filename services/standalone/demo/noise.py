"""What also comes in at a contact centre: broken, oversized, forged, misdirected and automatic input.

Each piece must get the answer its channel expects, and none may become a case or hold up the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from services.standalone.demo.clients import Clients, Post, compose
from services.standalone.demo.ledger import Answer, Ledger, Sent, What
from services.standalone.demo.scenario import Way

_OVERSIZED_BYTES = 31 << 20
_STRANGER = "stranger@example.net"
_CALLER = "+447700900999"


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad input, and the codes its channel may answer with."""

    name: str
    way: Way
    expected: int
    send: Callable[[Clients], Awaitable[Answer]]
    what: What = What.BAD


async def make_noise(clients: Clients, ledger: Ledger) -> None:
    """Send everything once; an answer other than the expected one is a surprise."""
    for bad in NOISE:
        answer = await bad.send(clients)
        address = _STRANGER if bad.way in (Way.EMAIL, Way.REST) else _CALLER
        ledger.add(Sent(bad.way, bad.what, address, "", answer, bad.name, bad.expected))
        if answer.code == bad.expected:
            ledger.tell(f"{bad.way:<9} {bad.name}: {answer.code}")
        else:
            ledger.surprise(f"{bad.name}: answered {answer.code}, not {bad.expected}: {answer.text[:120]}")


async def _oversized_mail(clients: Clients) -> Answer:
    _, raw = compose("Stranger", _STRANGER, clients.accounts.mailbox, "Everything", "see below")
    line = b"x" * 76 + b"\r\n"
    return await clients.mail(raw + line * (_OVERSIZED_BYTES // len(line)), _STRANGER)


async def _header_bomb(clients: Clients) -> Answer:
    _, raw = compose("Stranger", _STRANGER, clients.accounts.mailbox, "Headers", "nothing")
    return await clients.mail(b"".join(b"X-%d: x\r\n" % number for number in range(5000)) + raw, _STRANGER)


async def _unknown_mailbox(clients: Clients) -> Answer:
    _, raw = compose("Stranger", _STRANGER, "nobody@harbour.example", "Hello", "anybody there?")
    return await clients.mail(raw, _STRANGER, "nobody@elsewhere.example")


async def _robot(clients: Clients) -> Answer:
    _, raw = compose("Robot", _STRANGER, clients.accounts.mailbox, "Out of office", "I am away until Monday.")
    return await clients.mail(b"Auto-Submitted: auto-replied\r\n" + raw, _STRANGER)


async def _forged_sms(clients: Clients) -> Answer:
    _, post = clients.sms(_CALLER, "I am not who I say I am")
    return await clients.send(_with(post, "X-Twilio-Signature", "Zm9yZ2VkZm9yZ2VkZm9yZ2Vk"))


async def _unsigned_call(clients: Clients) -> Answer:
    form = {"CallSid": f"CA{uuid.uuid4().hex}", "From": _CALLER, "To": clients.accounts.number}
    return await clients.send(_with(clients.twilio("twilio/voice", form), "X-Twilio-Signature", ""))


async def _forged_whatsapp(clients: Clients) -> Answer:
    _, post = clients.whatsapp(_CALLER, "Stranger", "I am not who I say I am")
    forged = clients.meta("whatsapp", {"object": "whatsapp_business_account", "entry": []}, "a wrong secret")
    return await clients.send(replace(post, headers=forged.headers))


async def _no_json(clients: Clients) -> Answer:
    return await clients.send(_document(clients, b"[" * 100_000))


async def _wrong_types(clients: Clients) -> Answer:
    return await clients.send(_document(clients, b'{"text": 12, "customer": "me"}'))


async def _no_key(clients: Clients) -> Answer:
    document = {"text": "Let me in", "customer": {"email": _STRANGER}}
    token = f"ak_{'a' * 16}_{'x' * 43}"
    return await clients.send(clients.rest("/v1/complaints", document, uuid.uuid4().hex, token))


def _document(clients: Clients, body: bytes) -> Post:
    return replace(clients.rest("/v1/complaints", {}, uuid.uuid4().hex), body=body)


def _with(post: Post, header: str, value: str) -> Post:
    return replace(post, headers={**post.headers, header: value})


NOISE = (
    Bad("a mail of 31 MB", Way.EMAIL, 552, _oversized_mail),
    Bad("a mail with 5,000 headers", Way.EMAIL, 554, _header_bomb),
    Bad("a mail to nobody here", Way.EMAIL, 550, _unknown_mailbox),
    Bad("an automatic reply", Way.EMAIL, 250, _robot, What.AUTOMATIC),
    Bad("an SMS with a forged signature", Way.SMS, 401, _forged_sms),
    Bad("a call without a signature", Way.PHONE, 401, _unsigned_call),
    Bad("a WhatsApp message signed with another secret", Way.WHATSAPP, 401, _forged_whatsapp),
    Bad("a complaint nested 100,000 deep", Way.REST, 400, _no_json),
    Bad("a complaint with wrong types", Way.REST, 422, _wrong_types),
    Bad("a complaint with an unknown key", Way.REST, 401, _no_key),
)
