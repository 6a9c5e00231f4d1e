"""The send calls of messengers whose receipts are not played here: Telegram, LINE, Viber and X."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from aiohttp import web

from services.standalone.provider.faults import Faults, fail
from services.standalone.provider.recorded import Ledger


class Chats:
    """Handlers of the send calls; `token` is what every caller must show, in the way of each API."""

    def __init__(self, ledger: Ledger, faults: Faults, token: str) -> None:
        self._ledger = ledger
        self._faults = faults
        self._token = token
        self._numbers = count(1001)
        self._by_key: dict[str, str] = {}  # LINE's retry keys

    def routes(self) -> list[web.RouteDef]:
        """What the HTTP server should serve."""
        return [
            web.post("/bot{token:[^/]+}/sendMessage", self.telegram),
            web.post("/v2/bot/message/push", self.line),
            web.post("/pa/send_message", self.viber),
            web.post("/2/dm_conversations/with/{user}/messages", self.x),
        ]

    async def telegram(self, request: web.Request) -> web.Response:
        """sendMessage: 200 with the message, 400 when a parameter is missing, 401."""
        bot, _, token = request.match_info["token"].partition(":")
        if token != self._token:
            return _refused(401, "Unauthorized")
        body = object_of(await request.read())
        chat, text = str(body.get("chat_id", "")), str(body.get("text", ""))
        if not chat or not text:
            return _refused(400, "Bad Request: message text is empty")
        fault = self._faults.take("telegram")
        if fault is not None and not fault.after_accept:
            return fail(request, fault)
        number, details = next(self._numbers), _details(body, ("reply_parameters", "business_connection_id"))
        await self._ledger.add(
            "telegram", str(number), account=bot, sender=bot, to=chat, text=text, details=details
        )
        if fault is not None:
            return fail(request, fault)
        return web.json_response({"ok": True, "result": {"message_id": number, "chat": {"id": int(chat)}}})

    async def line(self, request: web.Request) -> web.Response:
        """A push: 200 with the ids, 409 with the same for a retry key that was taken before, 400, 401."""
        if request.headers.get("Authorization", "") != f"Bearer {self._token}":
            return web.json_response({"message": "Authentication failed"}, status=401)
        body = object_of(await request.read())
        to, text = str(body.get("to", "")), "\n".join(_texts(body.get("messages")))
        if not to or not text:
            return web.json_response({"message": "The request body has 1 error(s)"}, status=400)
        fault = self._faults.take("line")
        if fault is not None and not fault.after_accept:
            return fail(request, fault)
        key = request.headers.get("X-Line-Retry-Key", "")
        before = self._by_key.get(key, "")
        number = before or str(next(self._numbers))
        if not before:
            await self._ledger.add("line", number, to=to, text=text, details={"X-Line-Retry-Key": key})
            self._by_key |= {key: number} if key else {}
        if fault is not None:
            return fail(request, fault)
        return web.json_response({"sentMessages": [{"id": number}]}, status=409 if before else 200)

    async def viber(self, request: web.Request) -> web.Response:
        """A message: always 200, with Viber's status 0 and a token, 2 (token), 3 (data), or as ordered."""
        if request.headers.get("X-Viber-Auth-Token", "") != self._token:
            return web.json_response({"status": 2, "status_message": "invalidAuthToken"})
        body = object_of(await request.read())
        to, text, sender = str(body.get("receiver", "")), str(body.get("text", "")), body.get("sender")
        if not to or not text or not isinstance(sender, dict):
            return web.json_response({"status": 3, "status_message": "badData"})
        fault = self._faults.take("viber")
        # Its refusals are numbers below any HTTP status.
        if fault is not None and 0 < fault.status < 100:
            return web.json_response({"status": fault.status, "status_message": "ordered"})
        if fault is not None and not fault.after_accept:
            return fail(request, fault)
        number, name = next(self._numbers), str(sender.get("name", ""))
        await self._ledger.add("viber", str(number), sender=name, to=to, text=text)
        if fault is not None:
            return fail(request, fault)
        return web.json_response({"status": 0, "status_message": "ok", "message_token": number})

    async def x(self, request: web.Request) -> web.Response:
        """A direct message: 201 with its id, 400, 401, or the problem document of an ordered 403."""
        shown = request.headers.get("Authorization", "")
        if not shown.startswith("OAuth ") or f'-{self._token}"' not in shown:
            return web.json_response({"title": "Unauthorized", "status": 401}, status=401)
        text, to = str(object_of(await request.read()).get("text", "")), request.match_info["user"]
        if not text:
            return web.json_response({"title": "Invalid Request", "status": 400}, status=400)
        fault = self._faults.take("x")
        if fault is not None and fault.status == 403:
            problem = {"title": "Forbidden", "type": "about:blank", "status": 403}
            return web.json_response(problem, status=403)
        if fault is not None and not fault.after_accept:
            return fail(request, fault)
        number = str(next(self._numbers))
        await self._ledger.add("x", number, to=to, text=text)
        if fault is not None:
            return fail(request, fault)
        return web.json_response(
            {"data": {"dm_conversation_id": f"1-{to}", "dm_event_id": number}}, status=201
        )


def object_of(raw: bytes) -> Mapping[str, Any]:
    """A JSON object, empty for anything else."""
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _texts(messages: object) -> list[str]:
    listed = messages if isinstance(messages, list) else []
    return [str(one.get("text", "")) for one in listed if isinstance(one, dict)]


def _details(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: json.dumps(body[name]) for name in names if name in body}


def _refused(status: int, text: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": text}, status=status)
