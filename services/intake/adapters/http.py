"""The HTTP side of intake: hooks by a dictionary look-up, our own REST, the contract document.

The fast path of a hook: raw body, signature over it, records, group commit, answer. A framework would
cost four times the whole of it (proof.md B). `chassis.http.edge` around this turns exceptions into
problem documents.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import parse_qsl

import yaml
from starlette.types import Receive, Scope, Send

from services.chassis import errors
from services.chassis.db import PLATFORM_TENANT
from services.chassis.http import BodyTooLarge, header
from services.intake.adapters.accounts import Accounts, ChannelAccount
from services.intake.adapters.bodies import whole_body
from services.intake.adapters.channels.hooks import Hook, Reply, Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.restapi import RestApi
from services.intake.app.handlers import Reception
from services.intake.domain.classify import Classifier
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, TooLarge, UnknownAccount
from services.intake.domain.records import Answer, Outcome, Refusal

HOOK_PREFIX = "/v1/hooks/"
ERROR_MAP: Mapping[type[Exception], int] = {
    Malformed: 400,
    BadSignature: 401,
    UnknownAccount: 404,
    TooLarge: 413,
}
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_CHALLENGE = re.compile(r"[\w.-]{1,200}")
_JSON = "application/json"


class IntakeApp:
    """The ASGI application. Paths: `/v1/hooks/{tenant}/...`, `/v1/...` (see restapi), `/openapi.json`."""

    def __init__(
        self,
        accounts: Accounts,
        reception: Reception,
        classifier: Classifier,
        rest: RestApi,
        public_base_url: str,
    ) -> None:
        self._accounts = accounts
        self._reception = reception
        self._classifier = classifier
        self._rest = rest
        self._base = public_base_url.rstrip("/")
        self._contract = contract_json()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; see `chassis.http.serve` for what happens to exceptions."""
        path: str = scope["path"]
        if path.startswith(HOOK_PREFIX):
            await respond(send, await self._hook(scope, receive, path))
        elif path == "/openapi.json" and scope["method"] in ("GET", "HEAD"):
            await respond(send, Reply(200, self._contract, _JSON))
        else:
            await self._rest(scope, receive, send)

    # -------------------------------------------------------------------------------- hooks

    async def _hook(self, scope: Scope, receive: Receive, path: str) -> Reply:
        tenant, _, name = path.removeprefix(HOOK_PREFIX).partition("/")
        hook = HOOKS.get(name)
        if hook is None or not _TENANT.fullmatch(tenant):
            raise errors.NotFound("unknown_hook", "no provider posts here")
        accounts = await self._accounts.of(tenant, hook.provider)
        if scope["method"] == "GET" and hook.handshake:
            return _handshake(scope, accounts)
        if scope["method"] != "POST":
            return Reply(405, b"method not allowed")
        return await self._post(scope, receive, hook, tenant, accounts)

    async def _post(
        self, scope: Scope, receive: Receive, hook: Hook, tenant: str, accounts: Mapping[str, ChannelAccount]
    ) -> Reply:
        received_at = self._reception.now()
        owner = tenant if accounts else PLATFORM_TENANT
        body = b""
        try:
            body = await whole_body(scope, receive, hook.body_limit)
            if not accounts:
                raise UnknownAccount("unknown_account", "no channel account of this tenant and provider")
            request = Request(
                tenant,
                self._base + _target(scope),
                dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
                _headers(scope),
                body,
                received_at,
                accounts,
                self._classifier,
            )
            hook.check(request)
            reading = hook.read(request)
        except (IntakeError, BodyTooLarge) as refused:
            refusal = Refusal(owner, hook.channel, hook.provider, refused.rule, refused.detail)
            await self._reception.refuse(refusal, body, _media_type(scope), received_at)
            raise
        answers = await self._reception.accept(
            body, _media_type(scope), received_at, reading.items, reading.refusals
        )
        return _reply(hook, request, answers)


def _reply(hook: Hook, request: Request, answers: tuple[Answer, ...]) -> Reply:
    """What led nowhere is told as such only where the POST held nothing else."""
    if len(answers) == 1 and answers[0].outcome in (Outcome.UNKNOWN_SESSION, Outcome.UNKNOWN_CASE):
        return Reply(404, answers[0].outcome.value.encode())
    return hook.reply(request, answers)


def _handshake(scope: Scope, accounts: Mapping[str, ChannelAccount]) -> Reply:
    """Meta's subscription check: the challenge back, as text, to who knows a verify token (conventions
    1.7).
    """
    query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    given, challenge = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    tokens = [
        one.secret for account in accounts.values() for one in account.secrets if one.kind == "verify_token"
    ]
    known = [hmac.compare_digest(token.encode(), given.encode("utf-8", "replace")) for token in tokens]
    if query.get("hub.mode") != "subscribe" or not any(known) or not _CHALLENGE.fullmatch(challenge):
        return Reply(403, b"forbidden")
    return Reply(200, challenge.encode())


def _target(scope: Scope) -> str:
    """Path and query exactly as they were sent: they are part of what Twilio signs."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (raw + (b"?" + query if query else b"")).decode("latin-1")


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _media_type(scope: Scope) -> str:
    return (header(scope, "content-type") or "application/octet-stream").partition(";")[0][:100]


def contract_json() -> bytes:
    """The OpenAPI document, kept by hand in openapi.yaml."""
    text = files(__package__).joinpath("openapi.yaml").read_text(encoding="utf-8")
    return json.dumps(yaml.safe_load(text), separators=(",", ":")).encode()


async def respond(send: Send, reply: Reply) -> None:
    """One whole answer."""
    headers = [(b"content-length", str(len(reply.body)).encode())]
    if reply.body:
        headers.append((b"content-type", reply.media_type.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
