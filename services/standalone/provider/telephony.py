"""The part of Twilio's REST API that sends messages: create one, list them.

`POST /2010-04-01/Accounts/{sid}/Messages.json` (form, basic authentication) and `GET` of the same path,
filtered by `To`, `From`, `DateSent>=`. There is no idempotency key on this resource at the real provider: a
caller that does not know whether a message went out searches the list.
"""

from __future__ import annotations

from email.utils import format_datetime

from aiohttp import encode_basic_auth, web

from services.standalone.provider.faults import Faults, fail
from services.standalone.provider.receipts import Receipts
from services.standalone.provider.recorded import Ledger, Message, new_id

PATH = "/2010-04-01/Accounts/{sid}/Messages.json"


class Telephony:
    """Handlers of the message resource; `auth_token` is the password every caller must show."""

    def __init__(self, ledger: Ledger, faults: Faults, receipts: Receipts, auth_token: str) -> None:
        self._ledger = ledger
        self._faults = faults
        self._receipts = receipts
        self._auth_token = auth_token

    def routes(self) -> list[web.RouteDef]:
        """What the HTTP server should serve."""
        return [web.post(PATH, self.create), web.get(PATH, self.list)]

    async def create(self, request: web.Request) -> web.Response:
        """Take a message: 201 with its resource, 400 with Twilio's code when a parameter is missing, 401."""
        if not self._authentic(request):
            return _error(401, 20003, "Authenticate")
        form = {name: str(value) for name, value in (await request.post()).items()}
        missing = [name for name in ("To", "From", "Body") if not form.get(name)]
        if missing:
            return _error(
                400, {"To": 21604, "From": 21603, "Body": 21602}[missing[0]], f"{missing[0]} is required"
            )
        fault = self._faults.take("twilio")
        if fault is not None and not fault.after_accept:
            return fail(request, fault)
        message = await self._ledger.add(
            "twilio", new_id("SM"), account=request.match_info["sid"],
            sender=form["From"], to=form["To"], text=form["Body"], details=form,
        )  # fmt: skip
        self._receipts.report(message)
        if fault is not None:
            return fail(request, fault)
        return web.json_response(_resource(message), status=201)

    async def list(self, request: web.Request) -> web.Response:
        """The newest messages first, filtered as asked; Twilio compares `DateSent>=` by day, so this does
        too.
        """
        if not self._authentic(request):
            return _error(401, 20003, "Authenticate")
        found = self._ledger.find(provider="twilio", to=request.query.get("To", ""))
        sender, since = request.query.get("From", ""), request.query.get("DateSent>", "")
        found = [
            message
            for message in found
            if message.account == request.match_info["sid"]
            and (not sender or message.sender == sender)
            and message.accepted_at.date().isoformat() >= since
        ]
        return web.json_response({"messages": [_resource(message) for message in reversed(found)]})

    def _authentic(self, request: web.Request) -> bool:
        wanted = encode_basic_auth(request.match_info["sid"], self._auth_token)
        return request.headers.get("Authorization", "") == wanted


def _resource(message: Message) -> dict[str, object]:
    when = format_datetime(message.accepted_at)
    return {
        "sid": message.message_id,
        "account_sid": message.account,
        "from": message.sender,
        "to": message.to,
        "body": message.text,
        "status": "queued",
        "direction": "outbound-api",
        "date_created": when,
        "date_sent": when,
        "error_code": None,
    }


def _error(status: int, code: int, text: str) -> web.Response:
    return web.json_response({"code": code, "message": text, "status": status}, status=status)
