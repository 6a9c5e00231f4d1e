"""The Meta APIs that send messages: WhatsApp Cloud, Messenger and Instagram.

All are `POST /v{n}.0/{id}/messages` with a bearer token and a JSON body; `messaging_product` tells
WhatsApp apart, as it does at the real provider, `messaging_type` Messenger. None has an idempotency key nor
a way to look a message up afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from services.standalone.provider.chats import object_of
from services.standalone.provider.faults import Faults, fail
from services.standalone.provider.receipts import Receipts
from services.standalone.provider.recorded import Ledger, Message, new_id

PATH = "/{version:v\\d+\\.\\d+}/{account}/messages"


class Social:
    """Handlers of the two send calls; `access_token` is what every caller must show."""

    def __init__(self, ledger: Ledger, faults: Faults, receipts: Receipts, access_token: str) -> None:
        self._ledger = ledger
        self._faults = faults
        self._receipts = receipts
        self._access_token = access_token

    def routes(self) -> list[web.RouteDef]:
        """What the HTTP server should serve."""
        return [web.post(PATH, self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """Take a message: 200 with its id, 400 (Meta's code 100) when the body is not one, 401 (code 190)."""
        if not self._authentic(request):
            return _error(401, 190, "Invalid OAuth access token")
        body = object_of(await request.read())
        provider = _provider(body)
        to, text, details = _whatsapp(body) if provider == "whatsapp" else _messenger(body)
        if not to or not text:
            return _error(400, 100, "Invalid parameter")
        fault = self._faults.take(provider)
        if fault is not None and not fault.after_accept:
            return fail(request, fault)
        account = request.match_info["account"]
        message = await self._ledger.add(
            provider, new_id("wamid." if provider == "whatsapp" else "m_"),
            account=account, sender=account, to=to, text=text, details=details,
        )  # fmt: skip
        self._receipts.report(message)
        return fail(request, fault) if fault is not None else web.json_response(_answer(message))

    def _authentic(self, request: web.Request) -> bool:
        shown = request.headers.get("Authorization", "") or f"Bearer {request.query.get('access_token', '')}"
        return shown == f"Bearer {self._access_token}"


def _provider(body: Mapping[str, Any]) -> str:
    if body.get("messaging_product") == "whatsapp":
        return "whatsapp"
    return "messenger" if "messaging_type" in body else "instagram"


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _whatsapp(body: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    details = {
        "context": str(_part(body, "context").get("message_id", "")),
        "biz_opaque_callback_data": str(body.get("biz_opaque_callback_data", "")),
    }
    if body.get("type") == "template":
        template = _part(body, "template")
        details["template"] = str(template.get("name", ""))
        return str(body.get("to", "")), _words(template), details
    return str(body.get("to", "")), str(_part(body, "text").get("body", "")), details


def _words(template: Mapping[str, Any]) -> str:
    """What was put into a template."""
    components = template.get("components")
    first = components[0] if isinstance(components, list) and components else {}
    parameters = first.get("parameters") if isinstance(first, dict) else None
    listed = parameters if isinstance(parameters, list) else []
    return "\n".join(str(one.get("text", "")) for one in listed if isinstance(one, dict))


def _messenger(body: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    details = {"messaging_type": str(body.get("messaging_type", "")), "tag": str(body.get("tag", ""))}
    return str(_part(body, "recipient").get("id", "")), str(_part(body, "message").get("text", "")), details


def _answer(message: Message) -> dict[str, object]:
    if message.provider != "whatsapp":
        return {"recipient_id": message.to, "message_id": message.message_id}
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": message.to, "wa_id": message.to.lstrip("+")}],
        "messages": [{"id": message.message_id}],
    }


def _error(status: int, code: int, text: str) -> web.Response:
    error = {"message": text, "type": "OAuthException", "code": code}
    return web.json_response({"error": error}, status=status)
