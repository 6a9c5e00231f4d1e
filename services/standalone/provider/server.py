"""Everything the recording provider listens on, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from services.standalone.provider.chats import Chats
from services.standalone.provider.control import Control
from services.standalone.provider.faults import Fault, Faults
from services.standalone.provider.mailbox import Mailbox, smtp_listener
from services.standalone.provider.receipts import Hooks, Receipts
from services.standalone.provider.recorded import Ledger
from services.standalone.provider.social import Social
from services.standalone.provider.telephony import Telephony

RECEIPT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where to listen (port 0: any free one), the secrets of both sides, where receipts go and in which
    mode.
    """

    host: str = "127.0.0.1"
    http_port: int = 0
    smtp_port: int = 0
    meta_access_token: str = "recorded"  # noqa: S105 - a made-up secret for a made-up provider
    chat_token: str = "recorded"  # noqa: S105 - the same
    hooks: Hooks = field(default_factory=Hooks)
    receipts: str = "delivered"


@dataclass(frozen=True, slots=True)
class Provider:
    """A running provider: its addresses, and what a test in the same process may touch directly."""

    url: str  # base URL of every HTTP API and of the control calls
    smtp_host: str
    smtp_port: int
    ledger: Ledger
    faults: Faults
    receipts: Receipts

    def order(self, fault: Fault) -> None:
        """Have `fault` happen to the next requests, as `POST /faults` does."""
        self.faults.order(fault)


@asynccontextmanager
async def provider(settings: ProviderSettings | None = None) -> AsyncIterator[Provider]:
    """Run the provider as long as the block lasts. Raises OSError when a port is taken."""
    settings = settings or ProviderSettings()
    ledger, faults = Ledger(), Faults()
    timeout = aiohttp.ClientTimeout(total=RECEIPT_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        receipts = Receipts(session, settings.hooks, settings.receipts)
        routes = [
            *Telephony(ledger, faults, receipts, settings.hooks.twilio_auth_token).routes(),
            *Social(ledger, faults, receipts, settings.meta_access_token).routes(),
            *Chats(ledger, faults, settings.chat_token).routes(),
            *Control(ledger, faults, receipts).routes(),
        ]
        try:
            async with (
                _http(routes, settings.host, settings.http_port) as http_port,
                smtp_listener(Mailbox(ledger, faults), settings.host, settings.smtp_port) as smtp_port,
            ):
                url = f"http://{settings.host}:{http_port}"
                yield Provider(url, settings.host, smtp_port, ledger, faults, receipts)
        finally:
            await receipts.close()


@asynccontextmanager
async def _http(routes: list[web.RouteDef], host: str, port: int) -> AsyncIterator[int]:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        # `addresses` is the public way to learn which port 0 became.
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
