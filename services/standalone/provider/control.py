"""The calls that no real provider has: read what was sent, order faults, hold and release receipts."""

from __future__ import annotations

from aiohttp import web

from services.standalone.provider.faults import Fault, Faults
from services.standalone.provider.receipts import Receipts
from services.standalone.provider.recorded import Ledger

LONGEST_WAIT_S = 60.0


class Control:
    """Handlers of `/recorded`, `/faults` and `/receipts`."""

    def __init__(self, ledger: Ledger, faults: Faults, receipts: Receipts) -> None:
        self._ledger = ledger
        self._faults = faults
        self._receipts = receipts

    def routes(self) -> list[web.RouteDef]:
        """What the HTTP server should serve."""
        return [
            web.get("/recorded", self.recorded),
            web.post("/faults", self.order),
            web.post("/receipts", self.receipts),
        ]

    async def recorded(self, request: web.Request) -> web.Response:
        """`?to=&provider=&after=SEQUENCE&wait=SECONDS`: the matching messages, waiting for a first one if
        asked.
        """
        try:
            after, wait = int(request.query.get("after", 0)), float(request.query.get("wait", 0))
        except ValueError:
            raise web.HTTPBadRequest(text="after and wait are numbers") from None
        to, provider = request.query.get("to", ""), request.query.get("provider", "")
        wait = min(max(wait, 0.0), LONGEST_WAIT_S)
        found = await self._ledger.wait(to=to, provider=provider, after=max(after, 0), timeout=wait)
        return web.json_response({"messages": [message.as_json() for message in found]})

    async def order(self, request: web.Request) -> web.Response:
        """The fields of `Fault` as JSON; 204, or 400 when they are not."""
        try:
            self._faults.order(Fault(**await request.json()))
        except (TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.Response(status=204)

    async def receipts(self, request: web.Request) -> web.Response:
        """`{"mode": "delivered" | "failed" | "hold"}`, and `{"release": true}` reports what was held."""
        body = await request.json()
        mode = body.get("mode", self._receipts.mode)
        if mode not in ("delivered", "failed", "hold"):
            raise web.HTTPBadRequest(text="mode is delivered, failed or hold")
        self._receipts.mode = mode
        return web.json_response({"released": self._receipts.release() if body.get("release") else 0})
