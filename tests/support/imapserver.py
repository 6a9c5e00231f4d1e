"""A real IMAP server with IDLE, MOVE and UIDPLUS for the tests of collecting mail: pymap, in a process of its
own, with one mailbox in memory. Begun again it is a mailbox that was lost and numbered anew.
"""

from __future__ import annotations

import asyncio
import imaplib
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from services.chassis.testing.waiting import wait_for

T = TypeVar("T")
PASSWORD = "correct horse"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class ImapServer:
    """The server, and a mail program of the mailbox's people beside the service."""

    port: int
    user: str
    certificate: Path | None = None  # with its key in one file: STARTTLS is offered
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def start(self) -> None:
        """Start with an empty mailbox and wait until it answers."""
        secured = ["--cert", str(self.certificate), "--key", str(self.certificate)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from pymap.main import main; main()",
            "--host", "127.0.0.1", "--port", str(self.port),
            *(secured if self.certificate else ["--no-tls"]),
            "dict", "--demo-user", self.user, "--demo-password", PASSWORD,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await wait_for(self._answers, timeout=60, what="the IMAP server answers")

    async def stop(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def append(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Deliver mails."""

        def deliver(client: imaplib.IMAP4) -> None:
            for mail in mails:
                assert client.append(folder, "", "", mail)[0] == "OK"

        await self.run(deliver)

    async def flags(self, folder: str = "INBOX") -> list[bytes]:
        """The flags of each mail in a folder, in order; [] for a folder that is not there."""

        def look(client: imaplib.IMAP4) -> list[bytes]:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            found = client.fetch("1:*", "(FLAGS)")[1]
            lines: Sequence[object] = [] if found == [None] else found
            return [one.partition(b"FLAGS ")[2] for one in lines if isinstance(one, bytes)]

        return await self.run(look)

    async def run(self, work: Callable[[imaplib.IMAP4], T]) -> T:
        def with_client() -> T:
            with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as client:
                if self.certificate:
                    client.starttls(ssl.create_default_context(cafile=self.certificate))
                client.login(self.user, PASSWORD)
                client.select("INBOX", readonly=True)
                return work(client)

        return await asyncio.to_thread(with_client)


@asynccontextmanager
async def imap_server(user: str, certificate: Path | None = None) -> AsyncIterator[ImapServer]:
    """The server for as long as the block lasts."""
    server = ImapServer(free_port(), user, certificate)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
