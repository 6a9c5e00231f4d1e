"""A mail server that keeps every mail as the bytes it was sent: to see what really left the platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.standalone.ports import LOCALHOST


@dataclass
class Sink:
    """aiosmtpd handler; `address` is host:port. Without slots: aiosmtpd looks through its handler's members,
    and Python 3.11.2, Debian's own, cannot read those of a class with slots.
    """

    address: str = ""
    mails: list[tuple[str, bytes]] = field(default_factory=list)  # (recipient, raw mail)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, once per recipient. The name is aiosmtpd's."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mails.extend((recipient, raw) for recipient in envelope.rcpt_tos)
        return "250 OK"

    def to(self, recipient: str) -> list[bytes]:
        """The mails of one recipient, in their order."""
        return [raw for one, raw in self.mails if one.casefold() == recipient.casefold()]


def header_lines(mail: bytes) -> list[bytes]:
    """The lines of the header block, unfolded."""
    block = mail.partition(b"\r\n\r\n")[0]
    return block.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t").split(b"\r\n")


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """Listen on a free port for as long as the block lasts."""
    loop, kept = asyncio.get_running_loop(), Sink()
    server = await loop.create_server(
        lambda: SMTP(kept, hostname="sink.invalid", enable_SMTPUTF8=True, loop=loop), LOCALHOST, 0
    )
    kept.address = f"{LOCALHOST}:{server.sockets[0].getsockname()[1]}"
    try:
        yield kept
    finally:
        server.close()
        await server.wait_closed()
