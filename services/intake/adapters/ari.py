"""PBXs that connect to us by ARI over a WebSocket (docs/channels/asterisk.md; read by channels/asterisk.py).

ARI acknowledges nothing and repeats nothing. So one message is taken after the other, the next one is not
read before what this one held is durable, and while the database is away the PBX waits. What is lost with a
connection is asked for on the next one, as far as Asterisk still knows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import msgspec
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.chassis.db import PLATFORM_TENANT, Database
from services.chassis.errors import Rejected, Retryable
from services.chassis.http import header
from services.chassis.log import get_logger
from services.chassis.meters import SWITCHBOARDS_CONNECTED
from services.chassis.telemetry import SpanKind, span_from
from services.intake.adapters.accounts import Accounts, ChannelAccount
from services.intake.adapters.channels.asterisk import (
    BEGUN,
    ENDED,
    PROTOCOL,
    PROVIDER,
    Board,
    Heard,
    event_of,
    listed_in,
)
from services.intake.adapters.channels.hooks import text_at
from services.intake.adapters.signatures import check_basic
from services.intake.app.handlers import Reception
from services.intake.app.turns import Crowded, Turns
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, TooLarge, UnknownAccount
from services.intake.domain.records import Channel, Item, Refusal

log = get_logger(__name__)
T = TypeVar("T")

ARI_PATH = "asterisk"  # below /v1/hooks/{tenant}/
# The list of all channels comes as one message: some 700 bytes each.
MESSAGE_LIMIT = 4 * 1024 * 1024
_FIRST_RETRY_S = 0.2
_LAST_RETRY_S = 5.0
_LONGEST_CALL = timedelta(days=1)
_POLICY, _TOO_BIG = 1008, 1009  # RFC 6455 7.4.1
_JSON = "application/json"
_NO_MORE = 404  # the call has gone already
_NOT_HELD = 409  # it went on already

# The partial index inbox_asterisk_begun has the literals too; each end is looked up on its own, since as an
# anti join the whole inbox is read: 900 ms of 300,000 rows.
_OPEN_CALLS = """
select substr(event_id, length($3) + 1, length(event_id) - length($3) - length($5)) as channel
from inbox as begun
where tenant_id = $1 and provider = 'asterisk' and account = $2 and event_id like '%:begun'
    and starts_with(event_id, $3) and received_at > $4
    and (select true from inbox as ended
        where ended.tenant_id = begun.tenant_id and ended.provider = begun.provider
            and ended.account = begun.account
            and ended.event_id = left(begun.event_id, -length($5)) || $6) is null
"""


@dataclass(frozen=True, slots=True)
class AriDoor:
    """What every connection shares."""

    accounts: Accounts
    reception: Reception
    turns: Turns
    database: Database

    async def __call__(self, tenant_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, until either side ends it. Raises IntakeError before it is accepted."""
        credentials = header(scope, "authorization") or ""
        try:
            account = await self.caller(tenant_id, credentials)
            if PROTOCOL not in scope["subprotocols"]:
                raise Malformed("wrong_protocol", f"the WebSocket's protocol is {PROTOCOL}")
        except IntakeError as refused:
            await self.refuse(tenant_id, "", refused, b"", known=not isinstance(refused, UnknownAccount))
            raise
        socket = WebSocket(scope, receive, send)
        await socket.accept(PROTOCOL)
        told = {"tenant_id": tenant_id, "account": account.account}
        log.info("a switchboard has connected", **told)
        SWITCHBOARDS_CONNECTED.add(1)
        try:
            await _Line(self, socket, tenant_id, account, credentials).serve()
        except WebSocketDisconnect as gone:
            log.info("a switchboard has gone", code=int(gone.code), **told)
        finally:
            SWITCHBOARDS_CONNECTED.add(-1)

    async def caller(self, tenant_id: str, credentials: str) -> ChannelAccount:
        """Whose user and password these are. Raises BadSignature, UnknownAccount, Retryable."""
        accounts = await self.accounts.of(tenant_id, PROVIDER)
        if not accounts:
            raise UnknownAccount("unknown_account", "no channel account of this tenant and provider")
        return accounts[check_basic(accounts, credentials)]

    async def refuse(
        self, tenant_id: str, account: str, refused: IntakeError, raw: bytes, *, known: bool = True
    ) -> None:
        """Keep a refusal. Raises Retryable."""
        owner = tenant_id if known else PLATFORM_TENANT
        refusal = Refusal(owner, Channel.PHONE, PROVIDER, refused.rule, refused.detail, account)
        await self.reception.refuse(refusal, raw, _JSON, self.reception.now())

    async def open_calls(self, account: ChannelAccount, pbx: str) -> frozenset[str]:
        """The channels of a PBX whose calls began in the last day and have not ended. Raises Retryable."""
        since = self.reception.now() - _LONGEST_CALL
        asked = (account.tenant_id, account.account, f"{pbx}/", since, BEGUN, ENDED)
        async with self.database.transaction([account.tenant_id]) as tx:
            rows = await tx.fetch(_OPEN_CALLS, *asked)
        return frozenset(row["channel"] for row in rows)


class _Line:
    """One connection of a PBX."""

    def __init__(
        self, door: AriDoor, socket: WebSocket, tenant_id: str, account: ChannelAccount, credentials: str
    ) -> None:
        self._door = door
        self._socket = socket
        self._tenant_id = tenant_id
        self._account = account
        self._credentials = credentials
        self._board = Board(tenant_id)

    async def serve(self) -> None:
        """Ask for what goes on, then take message after message. Raises WebSocketDisconnect at its end."""
        await self._ask("GET", "channels", "channels")
        await self._ask("GET", "bridges", "bridges")
        while await self._take(await self._message()):
            pass

    async def _message(self) -> bytes:
        """The next message; "" for one that is no text. Raises WebSocketDisconnect."""
        message = await self._socket.receive()
        if message["type"] != "websocket.disconnect":
            return (message.get("text") or "").encode()
        if message["code"] == _TOO_BIG:
            wrong = TooLarge("message_too_large", f"more than {MESSAGE_LIMIT} bytes")
            await self._durably(lambda: self._door.refuse(self._tenant_id, self._account.account, wrong, b""))
        raise WebSocketDisconnect(message["code"])

    async def _take(self, raw: bytes) -> bool:
        """What one message holds becomes durable; False when its sender may not be heard any more."""
        received_at = self._door.reception.now()
        try:
            self._account = await self._durably(self._caller)
            heard = await self._heard(raw, received_at)
        except (BadSignature, UnknownAccount) as gone:
            await self._socket.close(_POLICY, gone.rule)
            return False
        except IntakeError as wrong:
            # bound now: `wrong` is gone when its block ends
            refused, account = wrong, self._account.account
            await self._durably(lambda: self._door.refuse(self._tenant_id, account, refused, raw))
            return True
        # The call first: nobody on the line waits for a database.
        for channel in heard.hand_back:
            await self._ask("POST", f"channels/{quote(channel, safe='')}/continue", "continue")
        if heard.items:
            await self._keep(raw, heard.items, received_at)
        return True

    def _caller(self) -> Awaitable[ChannelAccount]:
        return self._door.caller(self._tenant_id, self._credentials)

    async def _heard(self, raw: bytes, received_at: datetime) -> Heard:
        event = event_of(raw)
        heard = self._board.hear(self._account, event, raw, received_at)
        if text_at(event, "type") != "RESTResponse":
            return heard
        asked, status = text_at(event, "request_id"), event.get("status_code")
        if status not in (200, 204, _NO_MORE, _NOT_HELD):
            log.error("a switchboard refused a request", asked=asked, status=status, **self._names())
        if status == 200 and asked == "channels":
            open_calls = await self._durably(lambda: self._door.open_calls(self._account, self._board.pbx))
            return self._board.resume(self._account, listed_in(event), open_calls, received_at)
        if status == 200 and asked == "bridges":
            return self._board.bridged(self._account, listed_in(event))
        return heard

    async def _keep(self, raw: bytes, items: tuple[Item, ...], received_at: datetime) -> None:
        async def accept() -> None:
            with span_from(None, "receive ari", SpanKind.SERVER):
                await self._door.reception.accept(raw, _JSON, received_at, items)

        try:
            await self._durably(accept)
        except Rejected as unstorable:  # kept as a refusal by whoever raised it
            log.error("an event of a switchboard cannot be stored", rule=unstorable.rule, **self._names())

    async def _durably(self, work: Callable[[], Awaitable[T]]) -> T:
        """Work in the tenant's turn, again and again while the database is away: nobody else repeats it."""
        wait = _FIRST_RETRY_S
        while True:
            try:
                async with self._door.turns.taken(self._tenant_id, PROVIDER):
                    return await work()
            except (Retryable, Crowded) as away:
                log.warning("a switchboard has to wait", rule=away.rule, **self._names())
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LAST_RETRY_S)

    async def _ask(self, method: str, uri: str, request_id: str) -> None:
        """A request over the same WebSocket; its answer is one of the events. Raises WebSocketDisconnect."""
        asked = {"type": "RESTRequest", "request_id": request_id, "method": method, "uri": uri}
        await self._socket.send_text(msgspec.json.encode(asked).decode())

    def _names(self) -> dict[str, str]:
        return {"tenant_id": self._tenant_id, "account": self._account.account}
