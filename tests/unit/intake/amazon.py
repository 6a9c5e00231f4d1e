"""Amazon SNS as the tests have it: a certificate, what it signs, and a server under Amazon's name."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HOST = "sns.eu-west-1.amazonaws.com"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:complaints"
CERTIFICATE = f"https://{HOST}/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
KEY = rsa.generate_private_key(65537, 2048)


def certificate_of(key: rsa.RSAPrivateKey) -> bytes:
    """A certificate for HOST, signed by its own key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, SHA256())
    )
    return built.public_bytes(Encoding.PEM)


PEM = certificate_of(KEY)


def sns_message(
    told: Any, *, at: datetime, version: str = "2", key: rsa.RSAPrivateKey = KEY, **changed: str
) -> dict[str, str]:
    """A message of SNS, signed by the words of Amazon's documentation, `changed` and all."""
    message = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": told if isinstance(told, str) else json.dumps(told),
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **changed,
    }
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        message.setdefault("SubscribeURL", CONFIRM)
        message.setdefault("Token", "2336412f37")
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    hashed = SHA1() if version == "1" else SHA256()  # noqa: S303 - version 1 of Amazon's signatures
    return {**message, "Signature": b64encode(key.sign(text.encode(), PKCS1v15(), hashed)).decode()}


def sns_headers(message: dict[str, str]) -> dict[str, str]:
    """What SNS says beside the body."""
    return {
        "content-type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": message["Type"],
        "x-amz-sns-message-id": message["MessageId"],
    }


@dataclass
class Amazon:
    """The server: what was asked of it, and what it answers."""

    connector: aiohttp.TCPConnector
    asked: list[str] = field(default_factory=list)
    status: int = 200


class Here(AbstractResolver):
    """Every name is this machine, on one port."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=2, proto=0, flags=0),
        ]

    async def close(self) -> None:
        return None


@asynccontextmanager
async def amazon(folder: Path) -> AsyncIterator[Amazon]:
    """HOST by https on this machine, and a connector that finds it there and trusts it."""
    files = folder / "key.pem", folder / "certificate.pem"
    files[0].write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files[1].write_bytes(PEM)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files[1], files[0])

    async def answer(request: web.Request) -> web.Response:
        place.asked.append(str(request.rel_url))
        if place.status == 302:
            raise web.HTTPFound("https://elsewhere.example/")
        return web.Response(status=place.status, body=PEM if request.path.endswith(".pem") else b"<xml/>")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving)
    await site.start()
    port = runner.addresses[0][1]
    trusting = ssl.create_default_context(cafile=str(files[1]))
    place = Amazon(aiohttp.TCPConnector(resolver=Here(port), ssl=trusting))
    try:
        yield place
    finally:
        await place.connector.close()
        await runner.cleanup()
