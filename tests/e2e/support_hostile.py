"""Hostile input, one piece each: how it is sent to a real port, and what its channel is to answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from services.standalone.demo.clients import Clients, Post
from services.standalone.provider.receipts import twilio_signature
from tests.e2e.support_platform import HARBOUR, Platform
from tests.e2e.support_raw import dialogue, http_bytes, status_of

MIB = 1024 * 1024
CARE = HARBOUR.accounts.mailbox.encode()
HEAD = b"From: Eve <eve@example.net>\r\nTo: care@harbour.example\r\nSubject: Wet\r\nX-Mark: MARK\r\n"
JSON = {"text": "Wrong bill", "customer": {"email": "eve@example.net"}}
CALLER = "+447700900666"


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad input: `answer` is what its channel must say, `rule` the code on record ("": it is taken).

    `provider` is that of the record; `outcome` what /metrics counts it as.
    """

    name: str
    channel: str
    provider: str
    send: Callable[[Platform], Awaitable[int]]
    answer: int
    rule: str = ""
    outcome: str = ""

    @property
    def counted(self) -> str:
        return self.outcome or ("rejected" if self.rule else "accepted")


# ------------------------------------------------------------------------------------------------- mail
def mail(
    name: str, content: bytes, answer: int, rule: str = "", *, recipients: tuple[bytes, ...] = (CARE,)
) -> list[Bad]:
    """The same mail by SMTP and by LMTP; MARK in it makes each a mail of its own."""

    def sender(listener: str, greeting: bytes) -> Callable[[Platform], Awaitable[int]]:
        async def send(running: Platform) -> int:
            async with dialogue(running.stack.address(f"intake.{listener}"), greeting) as session:
                own = content.replace(b"MARK", secrets.token_hex(8).encode())
                return int((await session.mail(own, recipients))[:3])

        return send

    return [
        Bad(f"{protocol}: {name}", "email", protocol, sender(protocol, greeting), answer, rule)
        for protocol, greeting in (("smtp", b"EHLO sender.example"), ("lmtp", b"LHLO sender.example"))
    ]


def _parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nWet.\r\n"
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + part * count + b"--b--"


def _nested(depth: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in range(depth)
    )
    return HEAD + opened + b"\r\nWet.\r\n"


_MANY = tuple(b"care+%d@harbour.example" % number for number in range(1000))
_OPEN = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nWet.'
_NULLS = HEAD.replace(b"Wet", b"W\0et").replace(b"Eve", b"E\0ve") + b"\r\nW\0et.\0"
_BYTES = b"Message-ID: <\xff\xfe@x>\r\n\r\nW\xff\xfe\xc0\x80t \xed\xa0\x80 MARK."
_HTTP = b"Content-Length: -1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nWet."
_LINE = b"w" * 998 + b"\r\n"
MAILS = [
    *mail("an open multipart without its end", HEAD + _OPEN, 250),
    *mail("a multipart without a boundary", HEAD + b"Content-Type: multipart/mixed\r\n\r\nWet.", 250),
    *mail("no header at all", b"\r\nMARK is wet, and nobody answers.", 250),
    *mail("broken base64", HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!!=A=B", 250),
    *mail("an unknown charset", HEAD + b"Content-Type: text/plain; charset=klingon-8\r\n\r\nW\xe9t.", 250),
    *mail("a codec for a charset", HEAD + b"Content-Type: text/plain; charset=zip_codec\r\n\r\nWet.", 250),
    *mail("an unknown charset in a name", HEAD.replace(b"Eve", b"=?klingon-8?q?E=E9?=") + b"\r\nWet.", 250),
    *mail("no Message-ID", HEAD + b"\r\nWet.", 250),
    *mail("invalid UTF-8", HEAD + _BYTES, 250),
    *mail("null bytes everywhere", _NULLS, 250),
    *mail("headers of HTTP", HEAD + _HTTP, 250),
    *mail("only control characters", b"\x01: \x02\r\n\r\n\x03\x04MARK", 250),
    *mail("a thousand recipients", HEAD + b"\r\nWet.", 250, recipients=_MANY),
    *mail("nothing", b"", 554, "empty_mail"),
    *mail("ten thousand parts", _parts(10_000), 554, "too_many_parts"),
    *mail("a thousand levels", _nested(1_000), 554, "too_deep"),
    *mail("twenty thousand headers", b"X: y\r\n" * 20_000 + HEAD + b"\r\nWet.", 554, "headers_too_large"),
    *mail("a thousand headers", b"X: y\r\n" * 1_000 + HEAD + b"\r\nWet.", 554, "too_many_headers"),
    *mail("a header without end", b"X: " + b"a" * 70_000 + b"\r\n\r\nWet.", 554, "headers_too_large"),
    *mail("a long header", b"Subject: " + b"a" * 9_000 + b"\r\n\r\nWet.", 554, "header_too_long"),
    *mail("20 MB of text", HEAD + b"\r\n" + _LINE * 21_000, 552, "text_too_large"),
    *mail("50 MB that nobody announced", HEAD + b"\r\n" + _LINE * 52_429, 552, "mail_too_large"),
]


# ------------------------------------------------------------------------------------------------- REST
def rest(name: str, body: bytes, answer: int, rule: str = "", **headers: str) -> Bad:
    """A body to `POST /v1/complaints` with a right key."""

    async def send(running: Platform) -> int:
        clients = running.clients(running.harbour)
        post = clients.rest("/v1/complaints", {}, secrets.token_hex(8))
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await clients.send(Post(post.url, body, {**post.headers, **wanted}))).code

    return Bad(f"rest: {name}", "api", "rest", send, answer, rule)


def _with(**fields: object) -> bytes:
    return json.dumps({**JSON, **fields}).encode()


RESTS = [
    rest("no body", b"", 400, "malformed_json"),
    rest("half a document", b'{"text": "Wrong', 400, "malformed_json"),
    rest("invalid UTF-8", b'{"text": "\xff\xfe"}', 400, "malformed_json"),
    rest("100,000 brackets", b"[" * 100_000, 400, "malformed_json"),
    rest("100,000 objects", b'{"a":' * 80_000, 400, "malformed_json"),
    rest("100,000 brackets, closed", b"[" * 100_000 + b"]" * 100_000, 400, "malformed_json"),
    rest("a repeated key", _with().replace(b"{", b'{"text": "b", ', 1), 400, "malformed_json"),
    rest(
        "a repeated key inside", _with().replace(b'"email"', b'"email": "", "email"'), 400, "malformed_json"
    ),
    rest("a number of 100,000 digits", b'{"text": ' + b"1" * 100_000 + b"}", 400, "malformed_json"),
    rest("infinity", b'{"text": Infinity}', 400, "malformed_json"),
    rest("an array", b"[]", 422, "bad_request"),
    rest("an unknown field", _with(owner="me"), 422, "bad_request"),
    rest("a wrong type", _with(text=7), 422, "bad_request"),
    rest("a wrong type inside", _with(customer={"email": ["a@b.c"]}), 422, "bad_request"),
    rest("only null bytes", _with(text="\0\0"), 422, "no_text"),
    rest("null bytes among the words", _with(text="W\0et", subject="\0"), 201),
    rest("half of a surrogate pair", _with(text="W\ud800et"), 201),
    rest("an address with a line break", _with(customer={"email": "e@b.c\r\nBcc: a@b.c"}), 422, "bad_email"),
    rest("50 MB", b'{"text": "' + b"w" * (50 * MIB) + b'"}', 413, "body_too_large"),
    rest("600 kB", _with(text="w" * 600_000), 413, "body_too_large"),
    rest("no Idempotency-Key", _with(), 400, "idempotency_key_missing", Idempotency_Key=""),
    rest("an endless Idempotency-Key", _with(), 400, "idempotency_key_missing", Idempotency_Key="k" * 256),
    rest("a form", _with(), 400, "not_json", Content_Type="application/x-www-form-urlencoded"),
]


# ------------------------------------------------------------------------------------------------- Twilio
def sms(
    name: str,
    answer: int,
    rule: str = "",
    *,
    fields: Mapping[str, str] | None = None,
    body: bytes = b"FORM",
    signed: Mapping[str, str] | None = None,
    hook: str = "twilio/sms",
    **headers: str,
) -> Bad:
    """An SMS hook with something wrong: other fields (signed), or another body, hook or header (not signed).

    FORM in `body` is the form as it was signed; with `signed` these are the values that the signature covers.
    """

    async def send(running: Platform) -> int:
        clients = running.clients(running.harbour)
        form = {"MessageSid": f"SM{secrets.token_hex(16)}", "From": CALLER, "Body": "Wet", "NumMedia": "0"}
        post = clients.twilio("twilio/sms", form | {"To": HARBOUR.accounts.sms_number} | dict(fields or {}))
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        if signed is not None:
            changed["X-Twilio-Signature"] = twilio_signature(HARBOUR.twilio_token, post.url, dict(signed))
        wanted = Post(clients.hook(hook), body.replace(b"FORM", post.body), {**post.headers, **changed})
        return (await clients.send(wanted)).code

    return Bad(f"sms: {name}", "sms", "twilio", send, answer, rule)


_UNREADABLE = {
    "MessageSid": "SMff",
    "From": CALLER,
    "To": HARBOUR.accounts.sms_number,
    "Body": "\ufffd\ufffdwet",
}
_NO_MODE = "key=x,algorithm=none"
SMSES = [
    sms("a forged signature", 401, "bad_signature", X_Twilio_Signature="Zm9yZ2Vk"),
    sms("a signature that is not ASCII", 401, "bad_signature", X_Twilio_Signature="\xe9"),
    sms("no signature", 401, "bad_signature", X_Twilio_Signature=""),
    sms("an unknown way to sign", 401, "bad_signature", X_Twilio_Webhooks_Signature_Settings=_NO_MODE),
    sms("the signature of another body", 401, "bad_signature", body=b"From=%2B1&Body=Pay+me"),
    sms("the signature of another hook", 401, "bad_signature", hook="twilio/sms/status"),
    sms("a further field that was not signed", 401, "bad_signature", body=b"FORM&Body=Pay+me"),
    sms("JSON instead of a form", 401, "bad_signature", body=b"{}", Content_Type="application/json"),
    sms("text instead of a form", 400, "not_a_form", Content_Type="text/plain"),
    sms("a thousand fields", 400, "malformed_form", body=b"&".join(b"f%d=x" % n for n in range(1000))),
    sms("two megabytes", 413, "body_too_large", fields={"Body": "w" * (2 * MIB)}),
    sms("no MessageSid", 400, "missing_id", fields={"MessageSid": ""}),
    sms("a number that is not ours", 404, "unknown_account", fields={"To": "+15550001111"}),
    sms("unknown fields", 200, fields={"Mood": "bad", "NumMedia": "many", "Latitude": "north"}),
    sms("null bytes", 200, fields={"Body": "W\0et", "ProfileName": "E\0ve"}),
    sms(
        "invalid UTF-8",
        200,
        body=urlencode(_UNREADABLE).encode().replace(b"%EF%BF%BD", b"%FF"),
        signed={**_UNREADABLE},
    ),
]


# ------------------------------------------------------------------------------------------------- Meta
def meta(
    name: str, body: bytes, answer: int, rule: str = "", *, inside: bool = False, **header: str
) -> list[Bad]:
    """The same signed body to both of Meta's hooks; `inside`: refused within a batch that is taken."""

    def sender(channel: str) -> Callable[[Platform], Awaitable[int]]:
        async def send(running: Platform) -> int:
            clients = running.clients(running.harbour)
            post = signed_meta(clients, channel, body)
            changed = {name.replace("_", "-"): value for name, value in header.items()}
            return (await clients.send(replace(post, headers={**post.headers, **changed}))).code

        return send

    return [
        Bad(
            f"{channel}: {name}",
            channel,
            channel if rule and not inside else "meta",
            sender(channel),
            answer,
            rule,
        )
        for channel in ("whatsapp", "messenger")
    ]


def signed_meta(clients: Clients, channel: str, body: bytes) -> Post:
    """A body of any bytes as Meta signs it; a mark in it makes it one of its own."""
    body = body.replace(b"MARK", secrets.token_hex(8).encode())
    post = clients.meta(channel, {})
    digest = hmac.new(HARBOUR.meta_secret.encode(), body, hashlib.sha256).hexdigest()
    return Post(post.url, body, {**post.headers, "X-Hub-Signature-256": f"sha256={digest}"})


def _both(words: object, account: str = "", **more: object) -> bytes:
    """One document that both hooks find a message in: WhatsApp reads `changes`, Messenger `messaging`."""
    number, page = account or HARBOUR.accounts.whatsapp_id, account or HARBOUR.accounts.page_id
    value = {
        "metadata": {"phone_number_id": number},
        "messages": [{"from": "447700900555", "id": "wamid.MARK", "type": "text", "text": {"body": words}}],
    }
    event = {"sender": {"id": "4711"}, "recipient": {"id": page}, "message": {"mid": "m_MARK", "text": words}}
    entry = [{"changes": [{"field": "messages", "value": value}], "messaging": [event]}]
    return json.dumps({"object": "any", "entry": entry, **more}).encode()


_FORGED = "sha256=" + "0" * 64
METAS = [
    *meta("a forged signature", _both("Wet"), 401, "bad_signature", X_Hub_Signature_256=_FORGED),
    *meta("no signature", _both("Wet"), 401, "bad_signature", X_Hub_Signature_256=""),
    *meta("the old kind of signature", _both("Wet"), 401, "bad_signature", X_Hub_Signature_256="sha1=00"),
    *meta("no JSON", b"MARK", 400, "malformed_json"),
    *meta("invalid UTF-8", b'{"entry": "MARK\xff"}', 400, "malformed_json"),
    *meta("100,000 brackets", b"[" * 100_000, 400, "malformed_json"),
    *meta("100,000 brackets, closed", b"[" * 100_000 + b"]" * 100_000, 400, "malformed_json"),
    *meta("two megabytes", _both("w" * 2 * MIB), 413, "body_too_large"),
    *meta("an account that is not ours", _both("Wet", "999"), 200, "unknown_account", inside=True),
    *meta("wrong types everywhere", b'{"object": 1, "entry": {"MARK": []}}', 200),
    *meta("wrong types inside", b'{"entry": [7, {"changes": "MARK", "messaging": [null]}]}', 200),
    *meta("words of another type", _both({"a": 1}), 200),
    *meta("unknown fields", _both("Wet", mood="bad"), 200),
    *meta("a repeated key", _both("Wet").replace(b'"object"', b'"object": "other", "object"'), 200),
    *meta("null bytes", _both("W\0et"), 200),
]


# ------------------------------------------------------------------------------------------------- HTTP
@dataclass(frozen=True, slots=True)
class Lie:
    """A request whose framing lies: pieces as they go out, and what may come back (0: nothing at all)."""

    name: str
    pieces: tuple[bytes, ...]
    answers: tuple[int, ...]
    half_close: bool = False


def _post(*headers: bytes) -> bytes:
    """A head with these headers; KEYS is where a right API key and an Idempotency-Key go."""
    lines = [
        b"POST /v1/complaints HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/json",
        b"KEYS",
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


_BODY = json.dumps(JSON).encode()
_SIZE = b"%x\r\n" % len(_BODY)
_END = b"\r\n0\r\n\r\n"
_64_KIB = b"10000\r\n" + b"w" * 65536 + b"\r\n"
_CHUNKED, _CLOSE = b"Transfer-Encoding: chunked", b"Connection: close"
LIES = [
    Lie("a chunk size that is no number", (_post(_CHUNKED), b"ZZ\r\n" + _BODY + _END), (400,)),
    Lie("a negative chunk size", (_post(_CHUNKED), b"-1\r\n" + _BODY + _END), (400,)),
    Lie("a chunk longer than it says", (_post(_CHUNKED), b"5\r\n" + _BODY + _END), (400,)),
    Lie("a chunk shorter than it says", (_post(_CHUNKED), b"ffff\r\n" + _BODY), (0,), half_close=True),
    Lie("chunks without an end", (_post(_CHUNKED), _SIZE + _BODY + b"\r\n"), (0,), half_close=True),
    Lie("a chunk size of 80 bits", (_post(_CHUNKED), b"f" * 20 + b"\r\n" + _BODY), (400,)),
    Lie("chunks over the limit", (_post(_CHUNKED, _CLOSE), *[_64_KIB] * 12, b"0\r\n\r\n"), (413,)),
    Lie("a length and chunks", (_post(b"Content-Length: 5", _CHUNKED), _SIZE + _BODY + _END), (400,)),
    Lie("two lengths", (_post(b"Content-Length: 5", b"Content-Length: %d" % len(_BODY)), _BODY), (400,)),
    Lie("a negative length", (_post(b"Content-Length: -1"), _BODY), (400,)),
    Lie("a length of 80 bits", (_post(b"Content-Length: " + b"9" * 24), _BODY), (400,)),
    Lie("a length shorter than the body", (_post(b"Content-Length: 5", _CLOSE), _BODY), (400,)),
    Lie("a length longer than the body", (_post(b"Content-Length: 5000"), _BODY), (0,), half_close=True),
    Lie("a length over the limit", (_post(b"Content-Length: 99999999", _CLOSE), _BODY), (413,)),
    Lie("a line break in a header", (_post(b"X-Y: a\rX-Z: b", b"Content-Length: 0"),), (400,)),
    Lie("a null byte in a header", (_post(b"X-Y: a\0b", b"Content-Length: 0"),), (400,)),
    Lie("a head of 200 kB", (_post(b"X-Y: " + b"y" * 200_000, b"Content-Length: 0"),), (400,)),
    Lie("no HTTP at all", (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,), (400,)),
]


async def tell(running: Platform, lie: Lie) -> int:
    """The status it was answered with, 0 for none."""
    keys = f"Authorization: Bearer {running.harbour.shop}\r\nIdempotency-Key: {secrets.token_hex(8)}".encode()
    pieces = [piece.replace(b"KEYS", keys) for piece in lie.pieces]
    return status_of(
        await http_bytes(running.stack.address("intake.http"), *pieces, half_close=lie.half_close)
    )
