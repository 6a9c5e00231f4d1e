"""Where the systems that fulfil remedies listen, by tenant, and how what we send them is signed: a YAML
file of its own, because it holds secrets. Signatures are those of Standard Webhooks (standardwebhooks.com),
v1."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from services.resolution.domain.errors import BadData

PREFIX = "whsec_"
LEAST_BYTES = 24  # of a secret; the specification says 24 to 64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A system of one tenant. Every secret signs, so that one can be replaced without a moment of silence."""

    url: str
    secrets: tuple[bytes, ...] = field(repr=False)

    def headers(self, webhook_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
        """Of one attempt. `timestamp` is seconds since the epoch: the receiver refuses what is too old."""
        signed = f"{webhook_id}.{timestamp}.".encode() + body
        signatures = [
            base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
            for secret in self.secrets
        ]
        return {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        }


def load(file: str) -> Mapping[str, Endpoint]:
    """By tenant; none at all for "". Raises BadData naming the place but never a secret, and OSError."""
    if not file:
        return {}
    try:
        document = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
        tenants: Mapping[str, Any] = document["tenants"]
        return {str(tenant): _endpoint(str(tenant), entry) for tenant, entry in tenants.items()}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        # what the parser says may quote the file
        raise BadData("bad_endpoints", f"{file} is not tenants: {{NAME: {{url, secrets}}}}.") from error


def _endpoint(tenant: str, entry: Mapping[str, Any]) -> Endpoint:
    url = str(entry["url"])
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadData("bad_endpoints", f"{tenant}: the url is no http(s) address.")
    secrets = tuple(_secret(tenant, str(text)) for text in entry["secrets"])
    if not secrets:
        raise BadData("bad_endpoints", f"{tenant}: secrets has none.")
    return Endpoint(url, secrets)


def _secret(tenant: str, text: str) -> bytes:
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) < LEAST_BYTES:
        raise BadData(
            "bad_endpoints",
            f"{tenant}: a secret is {PREFIX} and the base64 of at least {LEAST_BYTES} random bytes.",
        )
    return secret
