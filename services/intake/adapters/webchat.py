"""Web chat below `/v1/chat/{tenant}/{account}/`: sessions, messages and receipts of a visitor's browser, the
stream of what comes back, and the lines that follow-up hands over. docs/channels/web-chat.md is the contract.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.chassis import errors
from services.chassis.http import BodyTooLarge, header, problem
from services.chassis.ids import Ids
from services.intake.adapters.accounts import Accounts, ChannelAccount
from services.intake.adapters.bodies import whole_body
from services.intake.adapters.browsers import Browsers, allowed_origin, preflight, readable
from services.intake.adapters.channels import webchat
from services.intake.adapters.chatlines import ChatLines, Line, Visitor
from services.intake.app.handlers import Reception
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import UnknownAccount
from services.intake.domain.records import Item, Outcome
from services.intake.domain.text import clean_line

CHAT_PREFIX = "/v1/chat/"
_WIDGET = CHAT_PREFIX + "widget.js"
SIGNATURE = "x-amends-signature"
# Another replica may have taken the line: how long a stream goes without looking.
_POLL_S = 2.0
_STREAM_ROUNDS = 150
_METHODS = {"sessions": "POST", "messages": "POST", "receipts": "POST", "lines": "POST", "events": "GET"}
_STATUS: Mapping[type[errors.AmendsError], int] = {
    errors.Rejected: 422,
    errors.NotFound: 404,
    errors.PermissionRefused: 403,
    errors.Unauthenticated: 401,
    BodyTooLarge: 413,
}
_REFUSED = tuple(_STATUS)


class WebChat:
    """The chats that the accounts of provider "webchat" name."""

    def __init__(
        self,
        accounts: Accounts,
        reception: Reception,
        classifier: Assessor,
        lines: ChatLines,
        browsers: Browsers,
        secrets: Sequence[str],
        ids: Ids,
    ) -> None:
        self._accounts = accounts
        self._reception = reception
        self._classifier = classifier
        self._lines = lines
        self._browsers = browsers
        self._secrets = tuple(secrets)
        self._ids = ids
        self._widget = files(__package__).joinpath("widget.js").read_bytes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Other exceptions become problem documents in chassis.http."""
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["path"] == _WIDGET:
            if scope["method"] != "GET":
                return problem(405, "method_not_allowed", "see /openapi.json")
            return Response(self._widget, media_type="text/javascript")
        tenant, _, rest = scope["path"].removeprefix(CHAT_PREFIX).partition("/")
        name, _, what = rest.partition("/")
        if what not in _METHODS:
            raise errors.NotFound("unknown_path", "see docs/channels/web-chat.md")
        if scope["method"] not in (_METHODS[what], "OPTIONS"):
            return problem(405, "method_not_allowed", "see /openapi.json")
        account = await self._accounts.find(tenant, webchat.PROVIDER, name)
        if account is None:
            raise UnknownAccount("unknown_chat", "no chat of this name is registered")
        if scope["method"] == "OPTIONS":
            allowed = "authorization, content-type, last-event-id"
            return preflight(allowed_origin(scope, account), "GET, POST", allowed)
        if what == "lines":
            return await self._line(scope, receive, account)
        return await self._visited(scope, receive, account, what)

    # -------------------------------------------------------------------------------- the visitor

    async def _visited(self, scope: Scope, receive: Receive, account: ChannelAccount, what: str) -> Response:
        origin, now = "", self._reception.now()
        try:
            origin = allowed_origin(scope, account)
            if what == "sessions":
                return self._session(scope, account, origin, now)
            token = (header(scope, "authorization") or "").removeprefix("Bearer ")
            visitor = webchat.visitor_of(account, token, now, self._secrets)
            if what == "events":
                return self._events(scope, visitor, origin)
            body = await whole_body(scope, receive, webchat.BODY_LIMIT)
            item = await self._item(what, body, account, visitor, now)
            (answer,) = await self._reception.accept(body, "application/json", now, [item])
        except _REFUSED as refused:
            shown = readable(origin) if origin else None
            return problem(_STATUS[type(refused)], refused.rule, refused.detail, shown)
        if answer.outcome is Outcome.REUSED_KEY:
            return problem(422, "id_reused", "this id came with other words before", readable(origin))
        return _json(201, {"received_at": _stamp(answer.received_at)}, origin)

    def _session(self, scope: Scope, account: ChannelAccount, origin: str, now: datetime) -> Response:
        if not self._browsers.allow(scope, account, now):
            again = {**readable(origin), "retry-after": "60"}
            return problem(429, "too_many_sessions", "too many sessions from this address; try later", again)
        token = webchat.issue(account, self._ids.new(), now, self._secrets)
        return _json(201, {"token": token, "ends_at": _stamp(now + webchat.SESSION_AGE)}, origin)

    async def _item(
        self, what: str, body: bytes, account: ChannelAccount, visitor: Visitor, now: datetime
    ) -> Item:
        if what == "messages":
            said = webchat.convert(body, webchat.Said)
            skill = account.settings.get("skill", "")
            return webchat.read(said, body, visitor, self._classifier, now, skill)
        seen = webchat.convert(body, webchat.Seen)
        if not await self._lines.owns(visitor, seen.line_id):
            raise errors.NotFound("unknown_line", "no such line was written to you")
        return webchat.receipt(seen, visitor, now)

    def _events(self, scope: Scope, visitor: Visitor, origin: str) -> Response:
        last = header(scope, "last-event-id") or "0"
        position = int(last) if last.isdecimal() and len(last) < 19 else 0
        stream = self._stream(visitor, position)
        return StreamingResponse(stream, 200, dict(readable(origin)), "text/event-stream")

    async def _stream(self, visitor: Visitor, position: int) -> AsyncIterator[bytes]:
        """Lines as server-sent events, for five minutes: then the browser comes again with its last id."""
        yield b"retry: 1000\n\n"
        for _ in range(_STREAM_ROUNDS):
            # Waiting begins before reading, so that a line written in between wakes.
            waiting = asyncio.create_task(self._lines.wait(visitor, _POLL_S))
            try:
                for line in await self._lines.after(visitor, position):
                    position = line.position
                    yield _event(line)
                yield b":\n\n"
                await waiting
            finally:
                waiting.cancel()

    # -------------------------------------------------------------------------------- follow-up

    async def _line(self, scope: Scope, receive: Receive, account: ChannelAccount) -> Response:
        body = await whole_body(scope, receive, webchat.LINE_LIMIT)
        webchat.check_line(account, body, header(scope, SIGNATURE) or "", self._secrets)
        written = webchat.convert(body, webchat.Written)
        visitor = Visitor(account.tenant_id, account.account, written.visitor)
        line = Line(written.line_id, clean_line(written.author), written.text, self._reception.now())
        await self._lines.add(visitor, line)
        return _json(201, {"line_id": str(written.line_id)})


def _event(line: Line) -> bytes:
    told = {
        "line_id": str(line.line_id),
        "author": line.author,
        "text": line.text,
        "written_at": _stamp(line.written_at),
    }
    return b"id: %d\nevent: line\ndata: %s\n\n" % (line.position, msgspec.json.encode(told))


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _json(status: int, document: dict[str, Any], origin: str = "") -> Response:
    headers = dict(readable(origin)) if origin else None
    return Response(msgspec.json.encode(document), status, headers, "application/json")
