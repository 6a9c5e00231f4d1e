"""The internet's mail servers in one: takes every mail over SMTP and keeps it, one record per recipient."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.standalone.provider.faults import DROP, Faults
from services.standalone.provider.recorded import Ledger

KEPT_HEADERS = (
    "From", "To", "Reply-To", "In-Reply-To", "References", "Auto-Submitted", "Message-ID", "Date",
    "X-Auto-Response-Suppress",
)  # fmt: skip


class Mailbox:
    """aiosmtpd handler; an ordered fault of provider "smtp" answers DATA with its status (an SMTP code)."""

    def __init__(self, ledger: Ledger, faults: Faults) -> None:
        self._ledger = ledger
        self._faults = faults

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail and answer 250, or answer what was ordered. The name is aiosmtpd's."""
        fault = self._faults.take("smtp")
        if fault is not None and not fault.after_accept:
            return f"{fault.status} fault ordered through /faults"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        await self._keep(email.message_from_bytes(raw, policy=default), envelope)
        if fault is None:
            return "250 OK"
        if fault.status == DROP and server.transport is not None:
            server.transport.close()  # taken, and the sender never hears of it
        return f"{fault.status} fault ordered through /faults"

    async def _keep(self, mail: EmailMessage, envelope: Envelope) -> None:
        body = mail.get_body(preferencelist=("plain", "html"))
        details = {name: str(mail[name]) for name in KEPT_HEADERS if mail[name] is not None}
        for recipient in envelope.rcpt_tos:
            await self._ledger.add(
                "smtp", str(mail["Message-ID"] or ""), sender=envelope.mail_from or "", to=recipient,
                subject=str(mail["Subject"] or ""), text=body.get_content() if body else "", details=details,
            )  # fmt: skip


@asynccontextmanager
async def smtp_listener(mailbox: Mailbox, host: str, port: int) -> AsyncIterator[int]:
    """Listen on `port` (0: any free one) as long as the block lasts; yields the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="provider.invalid", enable_SMTPUTF8=True, loop=loop), host, port
    )
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()
