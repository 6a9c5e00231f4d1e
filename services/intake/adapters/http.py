"""The HTTP side of intake: hooks by a dictionary look-up, our own REST, the contract document.

The fast path of a hook: raw body, signature over it, records, group commit, answer. A framework would
cost four times the whole of it (proof.md B). `chassis.http.edge` around this turns exceptions into
problem documents.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from services.chassis import errors, quickyaml
from services.chassis.answerlink import ANSWER_PREFIX
from services.chassis.db import PLATFORM_TENANT
from services.chassis.http import BodyTooLarge, header
from services.intake.adapters.accounts import Accounts
from services.intake.adapters.answering import Answering
from services.intake.adapters.ari import ARI_PATH, AriDoor
from services.intake.adapters.bodies import Held, whole_body
from services.intake.adapters.channels.hooks import Hook, Reading, Reply, Request
from services.intake.adapters.channels.mail import MailNormaliser
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.origins import of_hook
from services.intake.adapters.outbound import Outbound
from services.intake.adapters.restapi import RestApi
from services.intake.adapters.webchat import CHAT_PREFIX, WebChat
from services.intake.adapters.webforms import FORM_PREFIX, WebForms
from services.intake.app.handlers import Reception
from services.intake.app.turns import Crowded, Turns
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, TooLarge, UnknownAccount
from services.intake.domain.records import NOWHERE, Answer, Origin, Refusal

HOOK_PREFIX = "/v1/hooks/"
ERROR_MAP: Mapping[type[Exception], int] = {
    Malformed: 400,
    BadSignature: 401,
    UnknownAccount: 404,
    TooLarge: 413,
    Crowded: 429,
}
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_JSON = "application/json"
_PLACES = (HOOK_PREFIX, FORM_PREFIX, CHAT_PREFIX, ANSWER_PREFIX)
# Reading below this takes less than a thread's start; above it (mails) the loop must not wait.
_READ_INLINE = 128 * 1024


@dataclass(slots=True)
class Trial:
    """One request to a hook being checked and read; `verified` once its signature has held."""

    hook: Hook
    verified: bool = False

    def read(self, request: Request) -> Reading:
        """Check, then read. Raises IntakeError."""
        self.hook.check(request)
        self.verified = True
        return self.hook.read(request)

    def origin(self, request: Request) -> Origin:
        """How the request came, to be kept with its bytes."""
        return of_hook(self.hook.path, request.url, request.headers, verified=self.verified)


class IntakeApp:
    """The ASGI application. Paths: `/v1/hooks/{tenant}/...`, `/v1/...` (see restapi), `/openapi.json`; as a
    WebSocket `/v1/hooks/{tenant}/asterisk` alone.
    """

    def __init__(
        self,
        accounts: Accounts,
        reception: Reception,
        classifier: Assessor,
        rest: RestApi,
        forms: WebForms,
        chat: WebChat,
        answering: Answering,
        mail: MailNormaliser,
        outbound: Outbound,
        public_base_url: str,
        turns: Turns,
        ari: AriDoor,
    ) -> None:
        self._accounts = accounts
        self._reception = reception
        self._classifier = classifier
        self._rest = rest
        self._forms = forms
        self._chat = chat
        self._answering = answering
        self._mail = mail
        self._outbound = outbound
        self._base = public_base_url.rstrip("/")
        self._contract = contract_json()
        self._held = Held()
        self._turns = turns
        self._ari = ari

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; see `chassis.http.serve` for what happens to exceptions."""
        path: str = scope["path"]
        if scope["type"] == "websocket":
            tenant, _, name = path.removeprefix(HOOK_PREFIX).partition("/")
            if not path.startswith(HOOK_PREFIX) or name != ARI_PATH or not _TENANT.fullmatch(tenant):
                raise errors.NotFound("unknown_hook", "no provider connects here")
            await self._ari(tenant, scope, receive, send)
            return
        with self._held.counting(receive, _place(path)) as counted:
            if path.startswith(HOOK_PREFIX):
                await respond(send, await self._hook(scope, counted, path))
            elif path.startswith(FORM_PREFIX):
                await self._forms(scope, counted, send)
            elif path.startswith(CHAT_PREFIX):
                await self._chat(scope, counted, send)
            elif path.startswith(ANSWER_PREFIX):
                await self._answering(scope, counted, send)
            elif path == "/openapi.json" and scope["method"] in ("GET", "HEAD"):
                await respond(send, Reply(200, self._contract, _JSON))
            else:
                await self._rest(scope, counted, send)

    # -------------------------------------------------------------------------------- hooks

    async def _hook(self, scope: Scope, receive: Receive, path: str) -> Reply:
        tenant, _, name = path.removeprefix(HOOK_PREFIX).partition("/")
        hook = HOOKS.get(name)
        if hook is None or not _TENANT.fullmatch(tenant):
            raise errors.NotFound("unknown_hook", "no provider posts here")
        request = await self._request(scope, hook, tenant)
        if scope["method"] == "GET" and hook.handshake:
            return hook.handshake(request)
        if scope["method"] != "POST":
            return Reply(405, b"method not allowed")
        return await self._post(scope, receive, hook, request)

    async def _request(self, scope: Scope, hook: Hook, tenant: str) -> Request:
        return Request(
            tenant,
            self._base + _target(scope),
            dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            _headers(scope),
            b"",
            self._reception.now(),
            await self._accounts.of(tenant, hook.provider),
            self._classifier,
            await self._accounts.of(tenant, "mail"),
            self._mail,
        )

    async def _post(self, scope: Scope, receive: Receive, hook: Hook, request: Request) -> Reply:
        media_type = _media_type(scope)
        try:
            request = replace(request, body=await whole_body(scope, receive, hook.body_limit))
            if not request.accounts:
                raise UnknownAccount("unknown_account", "no channel account of this tenant and provider")
        except (IntakeError, BodyTooLarge) as refused:
            return await self._refused(request, refused, Trial(hook), media_type)
        try:
            async with self._turns.taken(request.tenant_id, hook.path):
                return await self._heard(hook, request, media_type)
        except Crowded as crowded:
            # 503 and no 429: every provider comes back after a 5xx, and some give up at any 4xx.
            raise errors.Retryable(crowded.rule, crowded.detail) from None

    async def _heard(self, hook: Hook, request: Request, media_type: str) -> Reply:
        """Check, read, accept; in the request's turn."""
        trial = Trial(hook)
        try:
            if hook.certificate:
                found = await self._outbound.certificate(hook.certificate(request))
                request = replace(request, certificate=found)
            reading = await _reading(trial, request)
        except IntakeError as refused:
            return await self._refused(request, refused, trial, media_type)
        answers = await self._reception.accept(
            request.body,
            media_type,
            request.received_at,
            reading.items,
            reading.refusals,
            origin=trial.origin(request),
        )
        if reading.visit:
            await self._outbound.visit(reading.visit)
        return _reply(hook, request, answers)

    async def _refused(
        self, request: Request, refused: IntakeError | BodyTooLarge, trial: Trial, media_type: str
    ) -> Reply:
        """Keep a refusal, and tell the provider what it understands. Raises `refused` where the edge has the
        answer."""
        hook = trial.hook
        owner = request.tenant_id if request.accounts else PLATFORM_TENANT
        refusal = Refusal(owner, hook.channel, hook.provider, refused.rule, refused.detail)
        origin = trial.origin(request)
        await self._reception.refuse(refusal, request.body, media_type, request.received_at, origin)
        final = isinstance(refused, Malformed | TooLarge | BodyTooLarge)
        if status := hook.final_status if final else hook.again_status:
            return Reply(status, refused.rule.encode())
        raise refused


async def _reading(trial: Trial, request: Request) -> Reading:
    if len(request.body) < _READ_INLINE:
        return trial.read(request)
    return await asyncio.to_thread(trial.read, request)


def _reply(hook: Hook, request: Request, answers: tuple[Answer, ...]) -> Reply:
    """What led nowhere is told as such only where the POST held nothing else."""
    if len(answers) == 1 and answers[0].outcome in NOWHERE:
        return Reply(404, answers[0].outcome.value.encode())
    return hook.reply(request, answers)


def _place(path: str) -> str:
    """Whose bodies count together: those of a tenant's hooks, of its forms, of all programs."""
    return "/".join(path.split("/", 4)[:4]) if path.startswith(_PLACES) else ""


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
    return json.dumps(quickyaml.load(text), separators=(",", ":")).encode()


async def respond(send: Send, reply: Reply) -> None:
    """One whole answer."""
    headers = [(b"content-length", str(len(reply.body)).encode())]
    if reply.body:
        headers.append((b"content-type", reply.media_type.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
