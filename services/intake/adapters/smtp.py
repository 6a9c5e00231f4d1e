"""SMTP and LMTP: mail in, 250 only when it is durable, one reply per recipient where LMTP wants one (RFC
2033).

aiosmtpd speaks the protocol; three things of it are replaced, each for a reason that a test shows: DATA
(its LMTP sends one reply for all recipients, its limit answers without a word to us, and long lines are
refused), MAIL (it refuses the null sender that every bounce comes from), and the time-out (it hangs up
without a 421). Only CR LF . CR LF ends a mail: anything looser lets one mail smuggle in another.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from aiosmtpd.smtp import SMTP, Session, syntax
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from services.chassis.db import PLATFORM_TENANT
from services.chassis.errors import ConfigError, Rejected, Retryable
from services.chassis.log import get_logger
from services.chassis.telemetry import SpanKind, span_from
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.mail import Envelope, MailNormaliser, addressed
from services.intake.adapters.channels.mime import MAIL_LIMIT
from services.intake.adapters.origins import of_mail
from services.intake.app.handlers import Reception
from services.intake.app.turns import Crowded, Turns
from services.intake.domain.errors import IntakeError, TooLarge
from services.intake.domain.records import Channel, CustomerWord, Origin, Receipt, Refusal
from services.intake.domain.threading import plain_address

log = get_logger(__name__)

NULL_SENDER = "<>"
RECIPIENTS_LIMIT = 100
UNKNOWN_LIMIT = 20
# Parsing below this takes less than a thread's start; above it the loop must not wait.
_PARSE_INLINE = 128 * 1024
_READ_LIMIT = 64 * 1024
_SIZE = re.compile(r"\bSIZE=(\d{1,15})\b", re.IGNORECASE)
_TOO_BIG = frozenset({"mail_too_large", "text_too_large"})

AWAY = "451 4.3.0 temporarily unavailable, please try again"
CROWDED = "451 4.3.2 too much of this mailbox's tenant is waiting, please try again"
BUSY = "452 4.3.1 too much is being received, please try again"


class Mailboxes(Protocol):
    """Which of our addresses exist."""

    async def mailbox(self, address: str) -> ChannelAccount | None:
        """The account of a plain, lower-case address; None when it is not ours. Raises Retryable."""
        ...


@dataclass(slots=True)
class MailRoom:
    """What every session of a server shares."""

    accounts: Mailboxes
    reception: Reception
    normaliser: MailNormaliser
    hostname: str
    timeout_s: float = 300.0
    turns: Turns = field(default_factory=Turns)
    sessions_limit: int = 500
    buffered_limit: int = 256 * 1024 * 1024  # of mails being received, over all sessions
    buffered: int = 0
    stopping: bool = False
    sessions: set[MailSession] = field(default_factory=set)
    empty: asyncio.Event = field(default_factory=asyncio.Event)


class MailSession(SMTP):
    """One connection. `provider` names the protocol in records: smtp, or lmtp for the subclass."""

    provider = "smtp"
    line_length_limit = _READ_LIMIT

    def __init__(self, room: MailRoom) -> None:
        super().__init__(
            self,
            data_size_limit=MAIL_LIMIT,
            enable_SMTPUTF8=True,
            hostname=room.hostname,
            ident="Amends",
            timeout=room.timeout_s,
            loop=asyncio.get_running_loop(),
        )
        self._room = room
        self._accounts: list[ChannelAccount] = []
        self._unknown = 0
        self.busy = False

    # -------------------------------------------------------------------------------- connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the session, so that stopping can wait for it."""
        self._room.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the session."""
        self._room.sessions.discard(self)
        if not self._room.sessions:
            self._room.empty.set()
        super().connection_lost(error)

    def _timeout_cb(self) -> None:
        self.hang_up("421 4.4.2 this took too long")

    def hang_up(self, reply: str) -> None:
        """Say why, and close."""
        if self.transport is not None:
            _last_words(self.transport, reply)

    def eof_received(self) -> bool:
        """Whoever says no more hears no more: half open, the session would stay, since nobody reads it."""
        super().eof_received()
        return False

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is never the sender's: 451, and the sender keeps the mail."""
        log.error("a mail session failed", error=error, error_type=type(error).__name__)
        return AWAY

    # -------------------------------------------------------------------------------- MAIL, RCPT

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """As the base class, but the null sender is a sender (RFC 5321 4.5.5)."""
        if arg.startswith("<>"):
            return NULL_SENDER, arg[2:].strip()
        found: tuple[str | None, str | None] = super()._getaddr(arg)
        return found

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # untyped upstream
        self._accounts = []

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        """A mail that says it is too large is refused before it is sent, and on record."""
        announced = _SIZE.search(arg or "")
        if announced is not None and int(announced[1]) > MAIL_LIMIT:
            await self._refuse(TooLarge("mail_too_large", f"announced {announced[1]} bytes"), b"")
            await self.push(_refusal_reply("mail_too_large"))
            return
        await super().smtp_MAIL(arg)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take what is addressed to a channel account; 550 for anything else."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_LIMIT:
            return "452 4.5.3 too many recipients"
        try:
            account = await self._room.accounts.mailbox(plain_address(address))
        except Retryable:
            return AWAY
        if account is None:
            return await self._unknown_recipient()
        envelope.rcpt_tos.append(address)
        self._accounts.append(account)
        return "250 2.1.5 OK"

    async def _unknown_recipient(self) -> str:
        self._unknown += 1
        if self._unknown > UNKNOWN_LIMIT:
            self.hang_up("421 4.7.0 too many unknown recipients")
            return "421 4.7.0 too many unknown recipients"
        try:
            await self._refuse(IntakeError("unknown_account", "no such mailbox"), b"")
        except Retryable:
            return AWAY
        return "550 5.1.1 no such mailbox"

    # -------------------------------------------------------------------------------- DATA

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """Read the mail, make it durable, answer."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos or arg:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        self.busy = True
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            received_at = self._room.reception.now()
            mail, size, crowded = await self._read_mail()
            envelope = _envelope(self.envelope, self.provider, received_at)
            with span_from(None, f"receive {self.provider}", SpanKind.SERVER):
                reply = BUSY if crowded else await self._in_turn(bytes(mail), size, envelope)
            await self._reply(reply, len(self.envelope.rcpt_tos))
        finally:
            self.busy = False
            self._set_post_data_state()
        if self._room.stopping:
            self.hang_up("421 4.3.2 going down")

    async def _read_mail(self) -> tuple[bytearray, int, bool]:
        """Up to the limit is kept, the rest is counted and dropped; also whether all sessions hold too
        much.
        """
        room, reader = self._room, self._reader
        kept, size, within_line = bytearray(), 0, False
        crowded = False
        try:
            while True:
                try:
                    line, whole = await reader.readuntil(b"\r\n"), True
                except asyncio.LimitOverrunError as longer:
                    line, whole = await reader.read(longer.consumed), False
                if not within_line and line == b".\r\n":
                    return kept, size, crowded
                if not within_line and line.startswith(b"."):
                    line = line[1:]  # RFC 5321 4.5.2
                within_line = not whole
                size += len(line)
                crowded = crowded or room.buffered > room.buffered_limit
                if size <= MAIL_LIMIT and not crowded:
                    kept += line
                    room.buffered += len(line)
        finally:
            room.buffered -= len(kept)

    async def _in_turn(self, mail: bytes, size: int, envelope: Envelope) -> str:
        try:
            async with self._room.turns.taken(self._accounts[0].tenant_id, self.provider):
                return await self._take(mail, size, envelope)
        except Crowded:
            return CROWDED

    async def _take(self, mail: bytes, size: int, envelope: Envelope) -> str:
        try:
            return await self._accept(mail, size, envelope)
        except IntakeError as refused:
            try:
                await self._refuse(refused, mail, envelope)
            except Retryable:
                return AWAY
            return _refusal_reply(refused.rule)
        except Rejected as refused:
            return _refusal_reply(refused.rule)
        except Retryable:
            return AWAY

    async def _accept(self, mail: bytes, size: int, envelope: Envelope) -> str:
        if size > MAIL_LIMIT:
            raise TooLarge("mail_too_large", f"{size} bytes")
        # One mail to several of a tenant's addresses is one word; several tenants each get theirs, or
        # nobody does.
        of_tenant = sorted({account.tenant_id: account for account in reversed(self._accounts)}.items())
        lists = {account.settings.get("list_id", "") for _, account in of_tenant}
        read = {list_id: await self._read(mail, replace(envelope, list_id=list_id)) for list_id in lists}
        items = [
            addressed(read[account.settings.get("list_id", "")], tenant, account.account)
            for tenant, account in of_tenant
        ]
        answers = await self._room.reception.accept(
            mail, "message/rfc822", envelope.received_at, items, origin=_origin(envelope)
        )
        return f"250 2.0.0 kept as {answers[0].message_id or answers[0].outcome.value}"

    async def _read(self, mail: bytes, envelope: Envelope) -> CustomerWord | Receipt:
        normaliser = self._room.normaliser
        if len(mail) < _PARSE_INLINE:
            return normaliser.read(mail, envelope)
        return await asyncio.to_thread(normaliser.read, mail, envelope)

    async def _refuse(self, refused: IntakeError, mail: bytes, envelope: Envelope | None = None) -> None:
        account = self._accounts[0] if self._accounts else None
        refusal = Refusal(
            account.tenant_id if account else PLATFORM_TENANT,
            Channel.EMAIL,
            self.provider,
            refused.rule,
            refused.detail,
            account.account if account else "",
        )
        reception = self._room.reception
        received_at = envelope.received_at if envelope else reception.now()
        origin = _origin(envelope) if envelope else None
        await reception.refuse(refusal, mail, "message/rfc822", received_at, origin)

    async def _reply(self, reply: str, recipients: int) -> None:
        await self.push(reply)


class LmtpSession(MailSession):
    """LMTP (RFC 2033): LHLO instead of EHLO, and after DATA one reply for every accepted recipient."""

    provider = "lmtp"

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:
        """The LMTP greeting."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, hostname: str) -> None:
        """No LMTP command."""
        await self.push('500 5.5.1 Error: command "HELO" not recognized')

    async def smtp_EHLO(self, hostname: str) -> None:
        """No LMTP command."""
        await self.push('500 5.5.1 Error: command "EHLO" not recognized')

    async def _reply(self, reply: str, recipients: int) -> None:
        await self.push("\r\n".join([reply] * recipients))


def _envelope(envelope: SmtpEnvelope, provider: str, received_at: Any) -> Envelope:
    sender = "" if envelope.mail_from in (None, NULL_SENDER) else str(envelope.mail_from)
    return Envelope(sender, tuple(one.lower() for one in envelope.rcpt_tos), provider, received_at)


def _origin(envelope: Envelope) -> Origin:
    return of_mail(envelope.provider, envelope.sender, envelope.recipients)


def _refusal_reply(rule: str) -> str:
    code = "552 5.3.4" if rule in _TOO_BIG else "554 5.6.0"
    return f"{code} refused: {rule}"


class _Full(asyncio.Protocol):
    """For a connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and close."""
        _last_words(transport, "421 4.3.2 too many connections")


def _last_words(transport: asyncio.BaseTransport, reply: str) -> None:
    """Say why, and close. uvloop's transports are asyncio's by what they can do, not by their class."""
    writing = cast("asyncio.Transport", transport)
    writing.write(reply.encode("ascii") + b"\r\n")
    writing.close()


class MailServer:
    """A running SMTP or LMTP server; also a Component: stops listening, lets mails in flight finish."""

    def __init__(self, name: str, room: MailRoom, server: asyncio.Server) -> None:
        self.name = name
        self._room = room
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then say 421 to idle sessions and wait for those that are sending."""
        await stop.wait()
        await self.close()

    async def close(self) -> None:
        """Stop and wait; again does nothing."""
        self._room.stopping = True
        self._server.close()
        for session in list(self._room.sessions):
            if not session.busy:
                session.hang_up("421 4.3.2 going down")
        if self._room.sessions:
            self._room.empty.clear()
            await self._room.empty.wait()


def _split(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not port.isdecimal():
        raise ConfigError("bad_address", f"{bind} is not host:port")
    return host.strip("[]"), int(port)


@asynccontextmanager
async def serve_mail(
    bind: str, room: MailRoom, sessions: type[MailSession] = MailSession
) -> AsyncIterator[MailServer]:
    """Listen on `bind` ("host:port", port 0 = any) for as long as the block lasts. Raises ConfigError."""
    host, port = _split(bind)

    def session() -> asyncio.BaseProtocol:
        return sessions(room) if len(room.sessions) < room.sessions_limit else _Full()

    try:
        listening = await asyncio.get_running_loop().create_server(session, host, port, backlog=1024)
    except OSError as failure:
        raise ConfigError("address_unusable", f"cannot listen on {bind}: {failure.strerror}") from failure
    server = MailServer(sessions.provider, room, listening)
    log.info("listening", component=server.name, host=host, port=server.port)
    try:
        yield server
    finally:
        await server.close()


__all__: Sequence[str] = ("LmtpSession", "MailRoom", "MailServer", "MailSession", "serve_mail")
