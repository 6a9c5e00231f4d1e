"""The APIs of messengers that give no receipts: Telegram's Bot API."""

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

    def routes(self) -> list[web.RouteDef]:
        """What the HTTP server should serve."""
        return [web.post("/bot{token:[^/]+}/sendMessage", self.telegram)]

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


def object_of(raw: bytes) -> Mapping[str, Any]:
    """A JSON object, empty for anything else."""
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _details(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: json.dumps(body[name]) for name in names if name in body}


def _refused(status: int, text: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": text}, status=status)
